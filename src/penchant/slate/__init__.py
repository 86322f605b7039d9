"""What is shown: diversity, reasons, and the record of it."""

"""What people ask for in their own words: likes, dislikes and bounds, read by rule, in English and Chinese."""

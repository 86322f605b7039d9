"""The same as the command `penchant`, for `python -m penchant.cli`."""

from penchant.cli import main

if __name__ == "__main__":
    main()

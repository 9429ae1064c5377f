"""The commands of `python main.py`: they share the window's engine and, but for `screenshot`, need no Qt."""

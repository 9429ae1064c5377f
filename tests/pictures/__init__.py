"""Pictures of the window in its main states, for the README and for looking at."""

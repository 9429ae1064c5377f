"""The loss as a landscape over the parameters: planes through it, its curvature, what a picture hides."""

"""The error of making a bundle."""


class BundleError(Exception):
    """The archive cannot be made; one Japanese sentence says why and what to do."""

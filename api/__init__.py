"""HTTP, web page and command line."""

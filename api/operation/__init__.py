"""Files for the machine's own service manager and web server, filled in for one installation."""

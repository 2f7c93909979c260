"""What each command does once its arguments are parsed. `conformance.cli` imports a command when it is called."""

"""The pages: one file each. Every one makes a plain ``view`` from what the port shows, and a template prints it."""

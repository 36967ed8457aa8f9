"""How fast Hubbub is: CPU per request, counted from the processes' own clocks."""

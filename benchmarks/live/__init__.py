"""Sockets by the thousand: what each costs, how soon a frame comes, and what a frame costs."""

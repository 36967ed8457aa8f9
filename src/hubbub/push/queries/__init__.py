"""SQL of pushes and of mails about what happened."""

"""What reaches people who are not connected: web push, mobile push, mail."""

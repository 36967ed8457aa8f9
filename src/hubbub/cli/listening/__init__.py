"""What `hubbub listen` is made of: somebody who is signed in, their stream, and what they type."""

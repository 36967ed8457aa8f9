"""Conversations of two and of groups: members, messages, receipts."""

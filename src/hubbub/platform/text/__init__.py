"""Rules for what people type: text, entities, handles, e-mail addresses, passwords, languages.

Pure functions. What is refused raises `hubbub.errors.Invalid` naming the field.
"""

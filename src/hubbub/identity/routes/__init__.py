"""The HTTP face of the identity slice, by what it is about."""

from hubbub.identity.routes.emails import routes as emails
from hubbub.identity.routes.factors import routes as factors
from hubbub.identity.routes.keys import routes as keys
from hubbub.identity.routes.login import routes as login
from hubbub.identity.routes.me import routes as me
from hubbub.identity.routes.pages import routes as pages
from hubbub.identity.routes.passwords import routes as passwords
from hubbub.identity.routes.sessions import routes as sessions

ROUTES = (login, sessions, passwords, emails, factors, me, keys, pages)

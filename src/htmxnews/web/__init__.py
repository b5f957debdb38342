"""Flask: parse what was asked, call finding, render. Only this room and the commands know the web."""

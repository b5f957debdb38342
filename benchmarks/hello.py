"""A constant page of HELLO_BYTES bytes from bare Flask: the floor that pages are compared with."""

import os

from flask import Flask

app = Flask(__name__)
_page = b"x" * int(os.environ.get("HELLO_BYTES", "1000"))


@app.get("/")
def hello() -> bytes:
    return _page

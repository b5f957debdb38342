import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from htmxnews.store.engine import Store


def test_s21_a_reading_session_cannot_write(store: Store) -> None:
    with store.reading() as session, pytest.raises(OperationalError, match="readonly"):
        session.execute(text("INSERT INTO state VALUES ('x', 1)"))

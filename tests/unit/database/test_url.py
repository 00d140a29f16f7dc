"""Which database URLs are accepted, and that refused ones show no password."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import make_url

from huleedu_ml_training.config import Settings
from huleedu_ml_training.database.engine import ResolvedDatabase, create_engine, resolve_database
from huleedu_ml_training.database.errors import InvalidDatabaseUrlError
from huleedu_ml_training.database.url import normalise_url, with_database


@pytest.mark.parametrize(
    "given",
    [
        "postgresql://teacher:secret@db.school.se:5433/essays",
        "postgres://teacher:secret@db.school.se:5433/essays",
        "postgresql+asyncpg://teacher:secret@db.school.se:5433/essays",
        "postgresql+psycopg://teacher:secret@db.school.se:5433/essays",
        "  postgresql://teacher:secret@db.school.se:5433/essays\n",
    ],
)
def test_every_usual_form_means_the_same_database(given):
    assert normalise_url(given) == "postgresql://teacher:secret@db.school.se:5433/essays"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("", "no scheme"),
        ("localhost:5432/essays", "no scheme"),
        ("mysql://root:secret@localhost/essays", "mysql is not PostgreSQL"),
        ("sqlite:///essays.db", "sqlite is not PostgreSQL"),
        ("postgresql://", "neither host nor database"),
        ("postgresql://u:secret@localhost:port/essays", "port"),
        ("postgresql://u:secret@localhost:99999/essays", "[Pp]ort"),
        ("postgresql://u:secret@localhost:0/essays", "port 0"),
        ("postgresql://u:secret@a:1,b:2/essays", "several hosts"),
        ("postgresql://u:secret@[::1/essays", "IPv6"),
        ("postgresql://u:secret@localhost/essays?channel_binding=require", "channel_binding"),
    ],
)
async def test_a_url_that_cannot_work_is_a_usage_error(given, complaint):
    with pytest.raises(InvalidDatabaseUrlError, match=complaint) as caught:
        async with resolve_database(Settings(database_url=SecretStr(given))):
            pass
    assert caught.value.exit_code == 2
    assert "secret" not in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_normalised_or_refused(text):
    try:
        url = normalise_url(text)
    except InvalidDatabaseUrlError:
        return
    assert normalise_url(url) == url
    assert url.startswith("postgresql://")


@given(user=st.text(min_size=1, max_size=8), password=st.text(min_size=1, max_size=8))
def test_special_characters_reach_both_drivers(user, password):
    given = f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@localhost/essays"
    resolved = ResolvedDatabase(normalise_url(given), embedded=False)
    for url in (create_engine(resolved).url, make_url(resolved.sync_url)):
        assert (url.username, url.password, url.database) == (user, password, "essays")
    assert make_url(resolved.async_url).drivername == "postgresql+asyncpg"
    assert make_url(resolved.sync_url).drivername == "postgresql+psycopg"


def test_a_resolved_database_does_not_show_its_password():
    database = ResolvedDatabase("postgresql://u:secret@h/d?password=secret", embedded=False)
    assert "secret" not in repr(database)
    assert database.masked_url == "postgresql://u:***@h/d"


def test_another_database_of_the_same_server():
    url = "postgresql://u@/a?host=%2Ftmp%2Fx&port=5432"
    assert with_database(url, "b c") == "postgresql://u@/b%20c?host=%2Ftmp%2Fx&port=5432"
    assert with_database("postgresql://u@h/a", "b") == "postgresql://u@h/b"

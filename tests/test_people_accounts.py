"""Accounts, passwords, delays and addresses, without a server."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from api.people import passwords
from api.people.accounts import AccountError, Accounts, UnknownPersonError
from api.people.addresses import (
    ProxyAddressError,
    client_address,
    comes_through,
    is_encrypted,
    is_loopback_host,
    networks,
)
from api.people.caller import EVERYBODY, SINGLE_USER, Role, caller_of
from api.people.gate import Gate
from api.people.passwords import PasswordRefusedError, require_good
from api.people.sessions import BROWSER, TOKEN, Sessions
from api.people.throttle import NameThrottle, RateLimit, delay_after
from rag.registry import Database, sessions
from rag.settings import Settings

GOOD = "霧島の朝は五時半に始まる"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "registry.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def accounts(database: Database) -> Accounts:
    return Accounts(database)


def open_sessions(database: Database, idle_s: float = 3600, absolute_s: float = 7200) -> Sessions:
    return Sessions(
        database, idle=timedelta(seconds=idle_s), absolute=timedelta(seconds=absolute_s)
    )


def test_a_new_person_gets_a_password_that_has_to_be_changed(accounts: Accounts) -> None:
    person, initial = accounts.add("Tanaka", "田中", department="総務部/総務課")
    assert person.login == "tanaka"
    assert person.must_change and len(initial) >= 20
    assert passwords.matches(person.password_hash, initial)
    assert accounts.add("sato", "佐藤")[1] != initial


def test_no_password_is_kept_readable(accounts: Accounts, tmp_path: Path) -> None:
    _, initial = accounts.add("tanaka", "田中")
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert initial.encode() not in everything
    assert b"$argon2id$v=19$m=47104,t=2,p=1$" in everything


def test_a_login_name_exists_once_however_it_is_written(accounts: Accounts) -> None:
    accounts.add("tanaka", "田中")
    with pytest.raises(AccountError):
        accounts.add("ＴＡＮＡＫＡ", "別の田中")
    assert accounts.find(" Tanaka ").name == "田中"


@pytest.mark.parametrize("login", ["", "田中", "a b", "../x", "a\x00b", "-a", "x" * 65])
def test_odd_login_names_are_refused(accounts: Accounts, login: str) -> None:
    with pytest.raises(AccountError):
        accounts.add(login, "名前")


def test_an_unknown_person_is_an_error_and_not_nobody(accounts: Accounts) -> None:
    for change in (
        lambda: accounts.find("nobody"),
        lambda: accounts.set_disabled("nobody", True),
        lambda: accounts.set_groups("nobody", ["総務課"]),
        lambda: accounts.reset_password("nobody"),
    ):
        with pytest.raises(UnknownPersonError):
            change()


def test_names_of_people_and_groups_carry_no_control_characters(accounts: Accounts) -> None:
    person, _ = accounts.add(
        "a", "田\x1b[31m中\u202e", groups=["  総務課 ", "総務課", "", "か\u3099"]
    )
    assert person.name == "田[31m中"
    assert person.groups == ("が", "総務課")


def test_everybody_is_staff_and_of_the_group_of_all(accounts: Accounts) -> None:
    person, _ = accounts.add("a", "A", groups=["総務課"], roles={Role.AUDIT})
    caller = caller_of(person)
    assert caller.roles == {Role.STAFF, Role.AUDIT}
    assert caller.groups == {"総務課", EVERYBODY}
    assert caller_of(person, only_asking=True).roles == {Role.STAFF}


@pytest.mark.parametrize(
    "password",
    [
        "short-one",
        "あ" * 12,
        "shioripassword",
        "tanakatanaka",
        "123456781234",
        "ｓｈｉｏｒｉ１２３４５６７８",
        "x" * 1_025,
    ],
)
def test_passwords_that_are_guessed_first_are_refused(password: str) -> None:
    with pytest.raises(PasswordRefusedError):
        require_good(password, "tanaka")


@pytest.mark.parametrize("password", [GOOD, "correct horse battery staple", "z9 q2 m4 x7 w1" * 70])
def test_long_passwords_of_any_characters_are_taken(password: str) -> None:
    require_good(password, "tanaka")


def test_a_password_is_the_same_in_full_and_half_width() -> None:
    kept = passwords.hash_password("Ａｂｃ１２３四五六ガ")
    assert passwords.matches(kept, "Abc123四五六カ\u3099")
    assert not passwords.matches(kept, "abc123四五六ガ")


@pytest.mark.parametrize("kept", ["", "no hash", "$argon2id$broken"])
def test_nothing_matches_a_missing_or_broken_hash(kept: str) -> None:
    for password in ("", "x", kept, "\ud800"):
        assert not passwords.matches(kept, password)


def test_a_session_is_known_by_its_hash_alone(
    database: Database, accounts: Accounts, tmp_path: Path
) -> None:
    person, _ = accounts.add("a", "A")
    session_id = open_sessions(database).begin(person)
    assert len(session_id) >= 43  # 256 bits in base64
    assert session_id.encode() not in b"".join(p.read_bytes() for p in tmp_path.iterdir())
    found = open_sessions(database).resolve(session_id, BROWSER)
    assert found is not None and found[1].id == person.id


def test_a_token_is_no_session_of_a_browser_and_the_other_way_round(
    database: Database, accounts: Accounts
) -> None:
    person, _ = accounts.add("a", "A")
    opened = open_sessions(database)
    assert opened.resolve(opened.begin(person), TOKEN) is None
    assert opened.resolve(opened.issue_token(person, "表計算"), BROWSER) is None


def test_a_session_ends_when_nobody_uses_it_and_in_any_case_after_a_while(
    database: Database, accounts: Accounts
) -> None:
    person, _ = accounts.add("a", "A")
    opened = open_sessions(database)
    session_id = opened.begin(person)
    assert open_sessions(database, idle_s=0).resolve(session_id, BROWSER) is None
    assert opened.resolve(session_id, BROWSER) is not None
    ended = open_sessions(database, absolute_s=0).begin(person)
    assert opened.resolve(ended, BROWSER) is None


def test_disabling_resetting_and_choosing_a_password_end_every_session(
    database: Database, accounts: Accounts
) -> None:
    person, _ = accounts.add("a", "A")
    opened = open_sessions(database)
    for end in (
        lambda: accounts.set_disabled("a", True),
        lambda: accounts.reset_password("a"),
        lambda: accounts.choose_password(accounts.find("a"), GOOD),
    ):
        accounts.set_disabled("a", False)
        held = [(opened.begin(person), BROWSER), (opened.issue_token(person, ""), TOKEN)]
        assert all(opened.resolve(*session) for session in held)
        end()
        accounts.set_disabled("a", False)
        assert not any(opened.resolve(*session) for session in held)


def test_the_delay_grows_with_each_failure_and_has_an_end() -> None:
    assert delay_after(4) == timedelta(0)
    assert delay_after(5) == timedelta(seconds=30)
    assert delay_after(6) == timedelta(seconds=60)
    assert delay_after(1_000_000) == timedelta(minutes=15)


def test_a_name_is_locked_after_five_failures_whether_there_is_such_a_person_or_not(
    database: Database, accounts: Accounts
) -> None:
    accounts.add("a", "A")
    for name in ("a", "nobody"):
        throttle = NameThrottle(database)
        assert [throttle.admit(name) for _ in range(5)] == [timedelta(0)] * 5
        assert timedelta(0) < NameThrottle(database).admit(name) <= timedelta(seconds=30)


def test_success_forgives_and_a_clock_that_was_set_back_does_not_lock_for_long(
    database: Database,
) -> None:
    throttle = NameThrottle(database)
    for _ in range(5):
        throttle.admit("a")
    throttle.succeeded("a")
    assert throttle.admit("a") == timedelta(0)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with database.write() as connection:
        (name,) = connection.exec_driver_sql("SELECT login_hash FROM failed_logins").one()
        sessions.note_failure(
            connection, name, 9, tomorrow.isoformat(), (tomorrow + timedelta(1)).isoformat()
        )
    assert throttle.admit("a") == timedelta(0)


def test_the_names_that_failed_do_not_fill_the_disk(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MAX_FAILED_NAMES", 10)
    for number in range(25):
        NameThrottle(database).admit(f"name-{number}")
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM failed_logins").scalar() == 10


def test_one_address_has_so_many_attempts_a_minute() -> None:
    throttle = RateLimit(3)
    assert [throttle.admit("10.0.0.1") for _ in range(5)] == [True] * 3 + [False] * 2
    assert throttle.admit("10.0.0.2")


def connection(client: str, **headers: str) -> HTTPConnection:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection(
        {
            "type": "http",
            "client": (client, 1),
            "headers": raw,
            "scheme": "http",
            "path": "/",
            "server": ("x", 80),
        }
    )


def test_headers_about_the_client_are_believed_from_a_trusted_proxy_only() -> None:
    proxies = networks("10.1.0.0/16, ::1")
    headers = {"x_forwarded_for": "1.2.3.4, 192.168.5.5", "x_forwarded_proto": "https"}
    through, past = connection("10.1.2.3", **headers), connection("10.2.0.1", **headers)
    assert comes_through(through, proxies) and not comes_through(past, proxies)
    assert client_address(through, proxies) == "192.168.5.5"
    assert client_address(past, proxies) == "10.2.0.1"
    assert is_encrypted(through, proxies) and not is_encrypted(past, proxies)


def test_a_wrong_list_of_proxies_is_named() -> None:
    with pytest.raises(ProxyAddressError, match=r"proxy\.city"):
        networks("127.0.0.1, proxy.city.example")


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "LOCALHOST"])
def test_names_of_this_machine(host: str) -> None:
    assert is_loopback_host(host)


@given(st.text(max_size=30))
def test_no_other_name_is_this_machine(host: str) -> None:
    if is_loopback_host(host):
        name = host.rsplit(":", 1)[0].strip("[]").casefold()
        assert name == "localhost" or name.startswith("127.") or "1" in name
    assert not is_loopback_host("127.0.0.1.evil.example:8000")
    assert not is_loopback_host("")


def test_an_open_stream_goes_on_as_long_as_its_asker_may_read_as_much(
    database: Database, accounts: Accounts
) -> None:
    gate = Gate(Settings(_env_file=None, auth="proxy"), database)
    person, _ = accounts.add("a", "A", groups=["総務課"])
    session = gate.sessions.begin(person)
    found = gate.sessions.resolve(session, BROWSER)
    assert found is not None
    for caller in (caller_of(person), caller_of(person, found[0].id_hash)):
        assert gate.still_admitted(caller)
        accounts.set_groups("a", [])
        assert not gate.still_admitted(caller)
        accounts.set_groups("a", ["総務課", "税務課"])
        assert gate.still_admitted(caller)
    accounts.set_disabled("a", True)
    assert not gate.still_admitted(caller_of(person))
    assert gate.still_admitted(SINGLE_USER)


def test_work_without_a_request_asks_again_what_the_person_may_do(
    database: Database, accounts: Accounts
) -> None:
    settings = Settings(_env_file=None, auth="local")
    gate = Gate(settings, database)
    person, _ = accounts.add("a", "A", groups=["総務課"])
    now = gate.caller_now(person.id)
    assert now is not None and now.groups == {"総務課", EVERYBODY}
    accounts.set_groups("a", [])
    assert gate.caller_now(person.id) is not None
    assert gate.caller_now(person.id).groups == {EVERYBODY}  # type: ignore[union-attr]
    accounts.set_disabled("a", True)
    assert gate.caller_now(person.id) is None
    assert gate.caller_now("nobody") is None and gate.caller_now(SINGLE_USER.id) is None
    alone = Gate(Settings(_env_file=None), database)
    assert alone.caller_now(SINGLE_USER.id) is SINGLE_USER and alone.caller_now(person.id) is None

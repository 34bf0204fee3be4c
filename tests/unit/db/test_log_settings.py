"""What settings let a capture see, point by point."""

from __future__ import annotations

import pytest

from indexadvisor.db.log_settings import log_capabilities


@pytest.mark.parametrize(
    ("name", "settings", "status", "words"),
    [
        ("log", {"log_min_duration_statement": "0"}, "ok", "every statement"),
        ("log", {"log_min_duration_statement": "-1", "log_statement": "all", "log_duration": "on"}, "ok", "every statement"),
        ("log", {"log_min_duration_statement": "-1"}, "missing", "no durations"),
        ("log", {}, "missing", "no durations"),
        ("log", {"log_min_duration_statement": "250ms"}, "limited", "250ms or longer"),
        ("log", {"log_min_duration_statement": "1s", "log_min_duration_sample": "0", "log_statement_sample_rate": "0.1"}, "limited", "0.1"),
        ("log-format", {"log_destination": "csvlog, stderr", "logging_collector": "on"}, "ok", "csvlog"),
        ("log-format", {"log_destination": "jsonlog", "logging_collector": "on"}, "ok", "jsonlog"),
        ("log-format", {"log_destination": "stderr", "log_line_prefix": "%m [%p] "}, "limited", "the database of"),
        ("log-format", {"log_destination": "stderr", "log_line_prefix": "%u"}, "limited", "the time, process, database of"),
        ("log-format", {"log_destination": "stderr", "log_line_prefix": "%t:%r:%-8u@%10d:[%p]: "}, "ok", "as text"),
        ("log-format", {"log_destination": "syslog"}, "limited", "syslog only"),
        ("log-parameters", {"log_parameter_max_length": "-1"}, "ok", "in full"),
        ("log-parameters", {"log_parameter_max_length": "0"}, "missing", "not logged"),
        ("log-parameters", {"log_parameter_max_length": "64B"}, "limited", "cut after 64B"),
        ("auto_explain", {"auto_explain.log_min_duration": "1s"}, "ok", "1s or longer"),
        ("auto_explain", {"auto_explain.log_min_duration": "-1"}, "missing", "switched off"),
        ("auto_explain", {"session_preload_libraries": "a, b"}, "missing", "not loaded"),
        ("track_io_timing", {"track_io_timing": "on"}, "ok", "is counted"),
        ("track_io_timing", {"track_io_timing": "off"}, "limited", "not counted"),
    ],
)
def test_points(name, settings, status, words):
    point = next(each for each in log_capabilities(settings, 150000) if each[0] == name)
    assert point[1] == status
    assert words in point[2]
    assert (point[3] is None) == (status == "ok")


def test_parameters_were_always_logged_before_13():
    assert next(each for each in log_capabilities({}, 120000) if each[0] == "log-parameters")[1] == "ok"


def test_other_libraries_stay_loaded():
    point = next(each for each in log_capabilities({"session_preload_libraries": "a, b"}, 150000) if each[0] == "auto_explain")
    assert "session_preload_libraries = a, b, auto_explain;" in point[3]

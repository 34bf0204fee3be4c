"""Reads logs, views and files into query events, losing nothing silently."""

from indexadvisor.capture.chain import chain
from indexadvisor.capture.interface import CaptureReport, EventSource, QueryEvent
from indexadvisor.capture.logs import LogSource
from indexadvisor.capture.pg_stat_statements import StatementsSource
from indexadvisor.capture.sql_file import SqlFileSource

__all__ = ["CaptureReport", "EventSource", "LogSource", "QueryEvent", "SqlFileSource", "StatementsSource", "chain"]

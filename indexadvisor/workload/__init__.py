"""Groups equal queries and gives each a weight."""

from indexadvisor.workload.files import load, save
from indexadvisor.workload.fingerprint import fingerprint
from indexadvisor.workload.frame import to_frame
from indexadvisor.workload.group import group, usable
from indexadvisor.workload.model import CaptureQuality, QueryGroup, Sample, StatementKind, Workload

__all__ = [
    "CaptureQuality", "QueryGroup", "Sample", "StatementKind", "Workload", "fingerprint", "group", "load", "save", "to_frame", "usable",
]  # fmt: skip

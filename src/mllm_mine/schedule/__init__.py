"""The nightly schedule: when ``mine update`` runs, as a crontab line or a systemd timer."""

from mllm_mine.schedule.crontab import crontab_block, install_crontab, remove_crontab
from mllm_mine.schedule.plan import NightlyRun, nightly_run
from mllm_mine.schedule.systemd import install_timer, remove_timer, timer_units

__all__ = [
    "NightlyRun",
    "crontab_block",
    "install_crontab",
    "install_timer",
    "nightly_run",
    "remove_crontab",
    "remove_timer",
    "timer_units",
]

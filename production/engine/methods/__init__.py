"""The operations methods: one module each, loaded on first use."""

from __future__ import annotations

METHODS: dict[str, str] = {
    "JOB": "production.engine.methods.job",
    "BATCH": "production.engine.methods.batch",
    "FLOW": "production.engine.methods.flow",
    "MASS_CUSTOMISATION": "production.engine.methods.mass_customisation",
}

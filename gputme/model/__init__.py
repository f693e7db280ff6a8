"""What is simulated: frozen, validated descriptions, read from TOML with explicit units and written back.

Canonical units are micrometre, minute and mmHg; a substrate says what its own values are in.
"""

from gputme.model.base import Fault, Faults
from gputme.model.cell_type import CellType
from gputme.model.custom import Custom, Law, Varies
from gputme.model.cycle import Cycle, Phase
from gputme.model.domain import Domain, Time, Walls
from gputme.model.faces import FaceCondition, Faces
from gputme.model.idle import warnings
from gputme.model.json_schema import schema
from gputme.model.phenotype import (
    Apoptosis,
    Chemotaxis,
    Damage,
    Exchange,
    Mechanics,
    Motility,
    Necrosis,
    Oxygen,
    Volume,
)
from gputme.model.placement import positions
from gputme.model.population import Population
from gputme.model.reading import find, load, names
from gputme.model.resolving import ResolvedRule, RuleGroup, base_value, rule_groups
from gputme.model.rules import Rule
from gputme.model.scenario import Scenario, loads
from gputme.model.settings import Numerics, Output
from gputme.model.substrate import FixedVoxels, Substrate
from gputme.model.tables import CellTable, cells_from_table, cells_of
from gputme.model.toml import set_key
from gputme.model.towards import Attachment
from gputme.model.words import ResolvedBehaviour, ResolvedSignal, Words
from gputme.model.writing import dumps

__all__ = [
    "Apoptosis",
    "Attachment",
    "CellTable",
    "CellType",
    "Chemotaxis",
    "Custom",
    "Cycle",
    "Damage",
    "Domain",
    "Exchange",
    "FaceCondition",
    "Faces",
    "Fault",
    "Faults",
    "FixedVoxels",
    "Law",
    "Mechanics",
    "Motility",
    "Necrosis",
    "Numerics",
    "Output",
    "Oxygen",
    "Phase",
    "Population",
    "ResolvedBehaviour",
    "ResolvedRule",
    "ResolvedSignal",
    "Rule",
    "RuleGroup",
    "Scenario",
    "Substrate",
    "Time",
    "Varies",
    "Volume",
    "Walls",
    "Words",
    "base_value",
    "cells_from_table",
    "cells_of",
    "dumps",
    "find",
    "load",
    "loads",
    "names",
    "positions",
    "rule_groups",
    "schema",
    "set_key",
    "warnings",
]

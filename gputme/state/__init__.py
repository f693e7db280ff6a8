"""Arrays without physics: the cells and the fields of one tissue."""

from gputme.state.cells import Cells
from gputme.state.tissue import Tissue
from gputme.state.voxels import Voxels

__all__ = ["Cells", "Tissue", "Voxels"]

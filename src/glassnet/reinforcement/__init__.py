"""Learning by playing: Q-learning with a table, and games to learn."""

from glassnet.reinforcement.bellman import BellmanUpdate
from glassnet.reinforcement.exploration import Exploration
from glassnet.reinforcement.game import play
from glassnet.reinforcement.grid_world import GridWorld
from glassnet.reinforcement.memory import ReplayMemory
from glassnet.reinforcement.q_table import QTable

__all__ = [
    "BellmanUpdate",
    "Exploration",
    "GridWorld",
    "QTable",
    "ReplayMemory",
    "play",
]

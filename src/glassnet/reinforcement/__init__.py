"""Learning by playing: Q-learning with a table or a network, and small games to learn."""

from glassnet.reinforcement.bellman import BellmanUpdate
from glassnet.reinforcement.deep_q import DeepQ
from glassnet.reinforcement.exploration import Exploration
from glassnet.reinforcement.game import play
from glassnet.reinforcement.grid_world import GridWorld
from glassnet.reinforcement.learning_curve import LearningCurve
from glassnet.reinforcement.memory import ReplayMemory
from glassnet.reinforcement.pong import Pong
from glassnet.reinforcement.q_table import QTable

__all__ = [
    "BellmanUpdate",
    "DeepQ",
    "Exploration",
    "GridWorld",
    "LearningCurve",
    "Pong",
    "QTable",
    "ReplayMemory",
    "play",
]

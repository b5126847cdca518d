"""A Bot API server of our own, on loopback only: what the tests and the demo talk to.

It keeps Telegram's rules (limits, cleaning, refusals, the update queue), fails on demand by a plan, and remembers every
call.
"""

from console.standin.faults import Action, Fault, FaultPlan
from console.standin.limits import Limits
from console.standin.queue import Timings
from console.standin.server import Call, StandIn

__all__ = ["Action", "Call", "Fault", "FaultPlan", "Limits", "StandIn", "Timings"]

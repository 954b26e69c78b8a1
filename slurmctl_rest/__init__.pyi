# For type checkers: slurmctl_rest/public.py loads these names when they are asked for.
from slurmctl_rest import api as _api
from slurmctl_rest.api import Change as Change
from slurmctl_rest.api import ChangePlan as ChangePlan
from slurmctl_rest.api import Connection as Connection
from slurmctl_rest.api import ReadResult as ReadResult
from slurmctl_rest.api import WriteResult as WriteResult
from slurmctl_rest.errors import Changed as Changed
from slurmctl_rest.errors import ConfigError as ConfigError
from slurmctl_rest.errors import Conflict as Conflict
from slurmctl_rest.errors import Interrupted as Interrupted
from slurmctl_rest.errors import NotAuthenticated as NotAuthenticated
from slurmctl_rest.errors import NotFound as NotFound
from slurmctl_rest.errors import OverThreshold as OverThreshold
from slurmctl_rest.errors import PartlyDone as PartlyDone
from slurmctl_rest.errors import PermissionDenied as PermissionDenied
from slurmctl_rest.errors import Refused as Refused
from slurmctl_rest.errors import SlurmctlError as SlurmctlError
from slurmctl_rest.errors import SlurmRefused as SlurmRefused
from slurmctl_rest.errors import Unanswered as Unanswered
from slurmctl_rest.errors import Unreachable as Unreachable
from slurmctl_rest.errors import Unsupported as Unsupported
from slurmctl_rest.errors import UsageError as UsageError

connect = _api.connect_profile
__version__: str

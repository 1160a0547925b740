"""What one request runs with: who asks, for what purpose, on which day. The hub's methods and compiled statements read
it."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime

from exchange.engine.request import GraphQLRequest
from exchange.engine.together import Standing
from schema.errors import Refusal
from tenants.access import USUAL_MISSES, Misses
from tenants.caller import Caller
from tenants.keys import Keys
from tenants.session import sight


@dataclass(frozen=True, kw_only=True)
class Asking:
    """The context of one operation. `now` lies in `day`, today in Asia/Shanghai; a field may say `asOf`.

    `edition` is that of the directory which says what the caller may see. `noted`: numbers of the confirmations this
    operation made, of which a repeat tells the present state.
    """

    caller: Caller
    request: GraphQLRequest
    keys: Keys
    day: date
    now: datetime
    edition: int
    object_id: uuid.UUID | None = None
    position: int = 0
    misses: Misses = USUAL_MISSES
    noted: list[str] = field(default_factory=list, repr=False, compare=False)
    sight: tuple[str, str, str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sight", sight(self.caller))

    @property
    def standing(self) -> Standing:
        """What has to be equal for another request to go with this one."""
        caller = self.caller
        return Standing(
            tenant_id=caller.tenant.tenant_id,
            client_id=caller.client_id,
            sight=self.sight,
            scopes=caller.scopes,
            misses=self.misses,
            edition=self.edition,
            day=self.day,
        )

    @property
    def purpose(self) -> str | None:
        """查询事由"""
        return self.request.purpose

    @property
    def case_number(self) -> str | None:
        """办件编号"""
        return self.request.case_number

    @property
    def request_id(self) -> str:
        """The id on the response and in the log."""
        return self.request.request_id

    def require_purpose(self) -> None:
        """Raise PURPOSE_REQUIRED unless the request says why and for which case personal fields are read."""
        if not (self.purpose and self.purpose.strip() and self.case_number and self.case_number.strip()):
            raise Refusal("PURPOSE_REQUIRED")

"""What WebSocket and Server-Sent Events share: how long a stream may last, and how it breaks without leaking.

The next rule for every open stream belongs here.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from exchange.engine.answers import masked, refused
from exchange.engine.request import Caller, GraphQLRequest, Pushed, Reply
from exchange.transport.entrance import Entrance
from schema.errors import Refusal

_LONGEST = 30 * 86_400.0  # event loops dislike timers without end


def seconds_left(caller: Caller, now: float) -> float:
    """Until the caller's token expires, at most 30 days."""
    return min(max(0.0, caller.expires_at - now), _LONGEST)


async def opened(entrance: Entrance, request: GraphQLRequest, caller: Caller) -> AsyncGenerator[Pushed, None] | Reply:
    """The engine's outcome; a refusal or a fault becomes a Reply."""
    try:
        return await entrance.engine.subscribe(request, caller)
    except Refusal as refusal:
        return refused(refusal, language=request.language, request_id=request.request_id)
    except Exception as error:
        return masked(error, language=request.language, request_id=request.request_id)


async def guarded(
    results: AsyncGenerator[Pushed, None], request: GraphQLRequest
) -> AsyncGenerator[Pushed | Reply, None]:
    """The results, and a Reply as the last element when they break off with an error."""
    async with aclosing(results):
        try:
            async for pushed in results:
                yield pushed
        except Refusal as refusal:
            yield refused(refusal, language=request.language, request_id=request.request_id)
        except Exception as error:
            yield masked(error, language=request.language, request_id=request.request_id)

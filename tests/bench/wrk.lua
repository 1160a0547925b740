-- Sends the requests of a file written by requests.Prepared, one after the other, and prints one line of JSON.
local requests, place = {}, 0

function init(arguments)
  local headers, in_head = {}, true
  for line in io.lines(arguments[1]) do
    if in_head then
      local name, value = line:match("^(.-): (.*)$")
      if name then headers[name] = value else in_head = false end
    else
      local method, target, body = line:match("^(.-)\t(.-)\t(.*)$")
      requests[#requests + 1] = wrk.format(method, target, headers, body)
    end
  end
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency)
  local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  io.write(string.format('{"requests": %d, "errors": %d, "seconds": %.6f, "p50": %.4f, "p99": %.4f}\n', summary.requests, broken,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end

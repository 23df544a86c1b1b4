# $host and $backend_port are filled in by caches.py. Everything else is Varnish's default.
vcl 4.1;

backend default {
  .host = "$host";
  .port = "$backend_port";
}

sub vcl_backend_response {
  # Responses stay fresh for one second, so that tests reach revalidation quickly.
  if (bereq.url == "/v1/speakers" && beresp.status == 200) {
    set beresp.ttl = 1s;
    set beresp.grace = 0s;
    set beresp.keep = 1m;
  }
  if (beresp.was_304) {
    set beresp.http.X-Revalidated = "yes";
  }
}

sub vcl_deliver {
  if (obj.hits > 0) {
    set resp.http.X-Cache = "HIT";
  } elsif (resp.http.X-Revalidated) {
    set resp.http.X-Cache = "REVALIDATED";
  } else {
    set resp.http.X-Cache = "MISS";
  }
}

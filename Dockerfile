FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --profile dist --locked

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 plenaria && useradd --system --uid 10001 --gid 10001 --create-home plenaria
COPY --from=build /src/target/dist/plenaria /usr/local/bin/plenaria
COPY programmes /usr/local/share/plenaria/programmes
# A numeric user, so that an orchestrator can verify that it is not root.
USER 10001:10001
WORKDIR /home/plenaria
ENV PLENARIA_LISTEN=0.0.0.0:8080
EXPOSE 8080
# Liveness, not readiness: a restart does not repair a database. Disable it for a worker, which listens on no port.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["plenaria", "health", "--live"]
ENTRYPOINT ["plenaria"]
CMD ["serve"]

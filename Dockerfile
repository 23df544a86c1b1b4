FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home plenaria
COPY --from=build /src/target/release/plenaria /usr/local/bin/plenaria
COPY programmes /usr/local/share/plenaria/programmes
USER plenaria
WORKDIR /home/plenaria
ENV PLENARIA_LISTEN=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["plenaria"]
CMD ["serve"]

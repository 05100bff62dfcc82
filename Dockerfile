# The office in a container. Data lives in the volume /data; the process runs as a plain user.
FROM python:3.11-slim-bookworm

# Noto Serif and Sans: papers need both, the wheel brings Sans only.
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && useradd --system --uid 10001 --no-create-home zhicha \
    && install -d -o zhicha -m 0700 /data

USER zhicha
VOLUME /data
ENV ZHICHA_DATA=/data PYTHONUNBUFFERED=1
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["zhicha", "serve"]

# Chowk in a container: the wheel, a user of its own, the store in a volume, a health check.
#
#   docker build -t chowk .
#   docker run --rm -v mystore:/store chowk new /store
#   docker run -p 8000:8000 -v mystore:/store chowk

FROM python:3.12-slim AS wheel
WORKDIR /build
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src src
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.12-slim
# Extras to install, for example: --build-arg EXTRAS=[postgres]
ARG EXTRAS=""
COPY constraints.txt /tmp/constraints.txt
COPY --from=wheel /wheels /tmp/wheels
RUN wheel="$(ls /tmp/wheels/chowk-*.whl)" \
    && pip install --no-cache-dir -c /tmp/constraints.txt "${wheel}${EXTRAS}" \
    && rm -rf /tmp/wheels /tmp/constraints.txt \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin chowk \
    && mkdir /store && chown chowk:chowk /store

USER 10001:10001
WORKDIR /store
VOLUME ["/store"]
# Inside a container the only way in is the published port.
ENV CHOWK_SERVE_HOST=0.0.0.0 CHOWK_LOG_FORMAT=json PYTHONUNBUFFERED=1
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('CHOWK_SERVE_PORT', '8000') + '/healthz', timeout=2)"]
ENTRYPOINT ["chowk"]
CMD ["serve", "/store"]

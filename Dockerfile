# One image for every process: `plait api`, `plait worker`, `plait migrate`.
FROM python:3.11-slim-bookworm AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --frozen --no-dev --no-install-project
COPY activities activities
COPY api api
COPY interpreter interpreter
COPY plait plait
COPY worker worker
RUN uv sync --frozen --no-dev --no-editable

FROM python:3.11-slim-bookworm
RUN useradd --system --create-home --uid 10001 plait && mkdir -p /data/files && chown plait /data/files
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PLAIT_FILES_DIR=/data/files
USER plait
WORKDIR /data
ENTRYPOINT ["plait"]
CMD ["api"]

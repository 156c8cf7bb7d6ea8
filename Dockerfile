# Serves the dashboard without torch; docs/hosting.md says how to run it.
FROM python:3.11-slim

RUN useradd --uid 1000 --no-create-home viewer
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY LICENSE CITATION.cff ./
COPY .streamlit .streamlit
COPY kdengine kdengine
COPY dashboard dashboard
RUN python -m compileall -q kdengine dashboard
# The one folder that the server writes to: fetched pictures, uploaded runs.
COPY --chown=viewer cache cache
USER viewer

# By itself the server listens to its own machine alone. Its presenter's key comes with
# `docker run --env KDENGINE_PRESENTER_KEY=…`; without one it makes a key and logs it.
ENV STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501 \
    STREAMLIT_SERVER_HEADLESS=true \
    KDENGINE_CACHE_DIR=/app/cache \
    MALLOC_ARENA_MAX=2 \
    HOME=/tmp
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as ask; \
at = os.environ['STREAMLIT_SERVER_PORT'], os.environ.get('STREAMLIT_SERVER_BASE_URL_PATH', '').strip('/'); \
ask.urlopen('http://127.0.0.1:%s/%s/_stcore/health' % at if at[1] else 'http://127.0.0.1:%s/_stcore/health' % at[0], timeout=4)"]
CMD ["streamlit", "run", "dashboard/Home.py"]

# One image for every role: web, live, worker, beat, migrate (see compose.yaml).
FROM python:3.13-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LOG_FORMAT=json \
    STATIC_HASHED=1 \
    STATIC_DIR=/srv/static \
    VAR_DIR=/srv/var

WORKDIR /srv/lotone
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY manage.py ./
COPY configurator configurator
COPY orders orders
COPY production production
COPY templates templates

RUN useradd --system --uid 10001 lotone \
    && SECRET_KEY=build python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf /srv/var && install -d -o lotone /srv/var
USER lotone
VOLUME /srv/var
EXPOSE 8000 8001
CMD ["gunicorn", "configurator.wsgi:application", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "8", "--bind", "0.0.0.0:8000", "--no-control-socket"]

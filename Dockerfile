# The studio in a container: docker build -t podcast-dspy . && docker run -p 8642:8642 -v podcasts:/podcasts podcast-dspy
# It prints the address with its token; set PODCAST_DSPY_STUDIO_TOKEN to choose one.
FROM python:3.11-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends tesseract-ocr \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home podcasts \
    && mkdir /podcasts \
    && chown podcasts /podcasts

COPY pyproject.toml README.md LICENSE /source/
COPY podcast_dspy /source/podcast_dspy
RUN pip install --no-cache-dir "/source[local,studio]"

USER podcasts
RUN podcast-dspy models install

ENV PODCAST_DSPY_WORKSPACE=/podcasts
VOLUME /podcasts
EXPOSE 8642
# A connection only: every answer of the studio needs its token.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import socket; socket.create_connection(('127.0.0.1', 8642), 3).close()"]
ENTRYPOINT ["podcast-dspy"]
CMD ["studio", "--host", "0.0.0.0", "--no-browser"]

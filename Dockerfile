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
ENTRYPOINT ["podcast-dspy"]
CMD ["studio", "--host", "0.0.0.0", "--no-browser"]

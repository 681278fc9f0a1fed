# The steps are those of the README. docker build -t deepartist . && docker run -v "$PWD/results:/deepartist/results" deepartist
# With Apptainer: apptainer build deepartist.sif docker-daemon://deepartist:latest
FROM python:3.11-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends make git nodejs npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /deepartist
COPY . .
RUN make setup
CMD ["make"]

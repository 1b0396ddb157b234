# The image of hub and exercise, see docker-compose.yml. An exercise network: all data are fictional.
FROM python:3.11-slim
COPY . /src
# The folders below are mount points: an empty volume takes their owner over.
RUN pip install --no-cache-dir /src && rm -rf /src \
    && useradd --uid 10001 --no-create-home exercise \
    && install -d -m 0700 -o exercise -g exercise /keys /keys/broker /hub /exercise /exercise/runs
USER 10001:10001
WORKDIR /exercise
CMD ["i247sim", "--help"]

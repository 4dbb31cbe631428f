"""confluent-kafka, which is librdkafka."""

import base64
import json
import os
import time
import unittest
import uuid

import boto3
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from lake import TICKS, TOPIC, plain
from test_athena import rows, run

PARTITIONS = 3


class Kafka(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.common = {"bootstrap.servers": os.environ["KAFKA"]}
        cls.athena = boto3.client("athena")

    def consumer(self, **more):
        consumer = Consumer({**self.common, "group.id": str(uuid.uuid4()), "auto.offset.reset": "earliest", "enable.auto.commit": False, "enable.partition.eof": True, **more})
        self.addCleanup(consumer.close)
        return consumer

    def drain(self, consumer):
        """Every record from where the consumer stands to the end of all partitions."""
        records, ended = [], set()
        deadline = time.monotonic() + 30
        while len(ended) < PARTITIONS:
            self.assertLess(time.monotonic(), deadline, "the topic does not end")
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error():
                self.assertEqual(message.error().code(), KafkaError._PARTITION_EOF)
                ended.add(message.partition())
                continue
            records.append(message)
        return records

    def produce(self, value, key=None, headers=None):
        """Produces a record and returns where it lies."""
        where = []
        producer = Producer({**self.common, "enable.idempotence": True, "acks": "all"})
        producer.produce(TOPIC, value=value, key=key, headers=headers, on_delivery=lambda error, message: where.append((error, message.partition(), message.offset())))
        self.assertEqual(producer.flush(20), 0)
        self.assertIsNone(where[0][0])
        return where[0][1:]

    def eventually(self, sql):
        """The rows of a query, once it has some."""
        deadline = time.monotonic() + 30
        while True:
            page = self.athena.get_query_results(QueryExecutionId=run(self.athena, sql)["QueryExecutionId"])
            if got := rows(page)[1:]:
                return got
            self.assertLess(time.monotonic(), deadline, sql)
            time.sleep(0.1)

    def test_1_topics_are_listed_and_made(self):
        admin = AdminClient(self.common)
        topics = admin.list_topics(timeout=10).topics
        self.assertEqual(sorted(topics[TOPIC].partitions), list(range(PARTITIONS)))
        name = f"own-{uuid.uuid4()}"
        admin.create_topics([NewTopic(name, 2, 1)])[name].result(10)
        self.assertEqual(len(admin.list_topics(name, timeout=10).topics[name].partitions), 2)
        admin.delete_topics([name])[name].result(10)
        self.assertNotIn(name, admin.list_topics(timeout=10).topics)
        with self.assertRaises(KafkaException) as e:
            admin.create_topics([NewTopic(TOPIC, 1, 1)])[TOPIC].result(10)
        self.assertEqual(e.exception.args[0].code(), KafkaError.TOPIC_ALREADY_EXISTS)

    def test_2_the_whole_topic_is_the_dataset(self):
        consumer = self.consumer()
        consumer.subscribe([TOPIC])
        records = self.drain(consumer)
        self.assertEqual(len(records), len(TICKS) + 1)
        ticks, position = [], {}
        for m in records:
            self.assertEqual(m.offset(), position.get(m.partition(), -1) + 1)  # each partition from 0, without a gap
            position[m.partition()] = m.offset()
            headers = dict(m.headers())
            self.assertIn("feed", headers)
            self.assertIn("position", headers)
            if "reason" in headers:
                self.assertIn(b"cheap", m.value())
                self.assertEqual(headers["line"], str(len(TICKS) + 2).encode())
                continue
            tick = json.loads(m.value())
            self.assertEqual(m.key().decode(), tick["symbol"])
            ticks.append((tick["symbol"], tick["sequence"], str(tick["price"]), tick.get("volume")))
        self.assertEqual(sorted(ticks, key=str), sorted([(t.symbol, t.sequence, plain(t.price), t.volume) for t in TICKS], key=str))
        for p, last in position.items():
            self.assertEqual(consumer.get_watermark_offsets(TopicPartition(TOPIC, p), timeout=10), (0, last + 1))

    def test_3_a_group_keeps_its_offsets(self):
        group = str(uuid.uuid4())
        first = self.consumer(**{"group.id": group})
        first.subscribe([TOPIC])
        records = self.drain(first)
        first.commit(offsets=[TopicPartition(TOPIC, p, max(m.offset() for m in records if m.partition() == p) - 1) for p in {m.partition() for m in records}], asynchronous=False)
        first.close()
        second = self.consumer(**{"group.id": group})
        second.subscribe([TOPIC])
        self.assertEqual(len(self.drain(second)), 2 * len({m.partition() for m in records}))

    def test_4_a_tick_of_ones_own_is_in_the_lake(self):
        where = self.produce(json.dumps({"timestamp": "2024-06-01T12:00:00.000000001+02:00", "symbol": "OWN", "price": "12.3450", "note": "x"}), key="OWN")
        got = self.eventually("SELECT timestamp_ns, price, volume, extra, kafka_partition, kafka_offset, dt FROM ticks WHERE symbol = 'OWN'")
        self.assertEqual(got, [["1717236000000000001", "12.345000000", None, '{"note":"x"}', str(where[0]), str(where[1]), "2024-06-01"]])

    def test_5_what_is_no_tick_is_in_the_dead_zone(self):
        for value, reason in ((b"\xff\x00 no tick", "invalid_utf8"), (b'{"symbol":"OWN","price":1}', "missing_field")):
            with self.subTest(reason):
                where = self.produce(value, key="dead", headers=[("from", b"a test")])
                got = self.eventually(f"SELECT reason, value, headers FROM dead_ticks WHERE kafka_partition = {where[0]} AND kafka_offset = {where[1]}")
                self.assertEqual(got, [[reason, base64.b64encode(value).decode(), '[{"key":"from","value":"YSB0ZXN0","value_text":"a test"}]']])

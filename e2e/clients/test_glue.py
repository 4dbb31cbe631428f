"""boto3's Glue and STS."""

import os
import unittest

import boto3
from botocore.exceptions import ClientError

from lake import BUCKET, COLUMNS, DATABASE, DAYS


def code(error):
    return error.exception.response["Error"]["Code"]


class Glue(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.glue = boto3.client("glue")

    def values(self, **args):
        pages = self.glue.get_paginator("get_partitions").paginate(DatabaseName=DATABASE, TableName="ticks", **args)
        return sorted(p["Values"][0] for page in pages for p in page["Partitions"])

    def test_the_database_and_its_tables_have_pages(self):
        self.assertEqual([d["Name"] for d in self.glue.get_databases()["DatabaseList"]], [DATABASE])
        pages = list(self.glue.get_paginator("get_tables").paginate(DatabaseName=DATABASE, PaginationConfig={"PageSize": 1}))
        self.assertEqual([t["Name"] for p in pages for t in p["TableList"]], ["dead_ticks", "raw_ticks", "ticks"])
        self.assertGreaterEqual(len(pages), 3)
        matching = self.glue.get_tables(DatabaseName=DATABASE, Expression=".*_ticks")["TableList"]
        self.assertEqual([t["Name"] for t in matching], ["dead_ticks", "raw_ticks"])

    def test_a_table_says_what_it_is(self):
        table = self.glue.get_table(DatabaseName=DATABASE, Name="ticks")["Table"]
        storage = table["StorageDescriptor"]
        self.assertEqual({c["Name"]: c["Type"] for c in storage["Columns"]}, COLUMNS)
        self.assertEqual([c["Name"] for c in storage["Columns"]], list(COLUMNS))
        self.assertEqual([(c["Name"], c["Type"]) for c in table["PartitionKeys"]], [("dt", "string")])
        self.assertEqual((table["TableType"], storage["Location"]), ("EXTERNAL_TABLE", f"s3://{BUCKET}/curated/ticks/"))
        self.assertEqual(storage["SerdeInfo"]["SerializationLibrary"], "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe")
        raw = self.glue.get_table(DatabaseName=DATABASE, Name="raw_ticks")["Table"]["StorageDescriptor"]["SerdeInfo"]
        self.assertEqual((raw["SerializationLibrary"], raw["Parameters"]["escapeChar"]), ("org.apache.hadoop.hive.serde2.OpenCSVSerde", "\x01"))

    def test_partitions_are_selected_by_an_expression(self):
        for expression, want in (
            ("dt >= '2024-05-15'", DAYS[2:]),
            ("dt = '2024-05-14' OR dt = '2024-05-17'", [DAYS[1], DAYS[4]]),
            ("dt BETWEEN '2024-05-14' AND '2024-05-15'", DAYS[1:3]),
            ("dt IN ('2024-05-13', '1999-01-01')", DAYS[:1]),
            ("dt LIKE '2024-05-1_' AND NOT (dt < '2024-05-17')", DAYS[4:]),
            ("dt > '2025'", []),
        ):
            with self.subTest(expression):
                self.assertEqual(self.values(Expression=expression), want)
        with self.assertRaises(ClientError) as e:
            self.values(Expression="dt = ")
        self.assertEqual(code(e), "InvalidInputException")

    def test_partitions_come_in_pages_and_in_segments(self):
        self.assertEqual(self.values(PaginationConfig={"PageSize": 2}), DAYS)
        parts = [self.values(Segment={"SegmentNumber": i, "TotalSegments": 3}) for i in range(3)]
        self.assertEqual(sorted(v for part in parts for v in part), DAYS)
        one = self.glue.get_partition(DatabaseName=DATABASE, TableName="ticks", PartitionValues=[DAYS[0]])["Partition"]
        self.assertEqual(one["StorageDescriptor"]["Location"], f"s3://{BUCKET}/curated/ticks/dt={DAYS[0]}/")
        batch = self.glue.batch_get_partition(DatabaseName=DATABASE, TableName="ticks", PartitionsToGet=[{"Values": [DAYS[1]]}, {"Values": ["1999"]}])
        self.assertEqual(([p["Values"] for p in batch["Partitions"]], [k["Values"] for k in batch["UnprocessedKeys"]]), ([[DAYS[1]]], []))

    def test_what_is_not_there_and_who_may_not_are_told_as_by_glue(self):
        with self.assertRaises(self.glue.exceptions.EntityNotFoundException):
            self.glue.get_table(DatabaseName=DATABASE, Name="nowhere")
        with self.assertRaises(self.glue.exceptions.EntityNotFoundException):
            self.glue.get_database(Name="nowhere")
        with self.assertRaises(self.glue.exceptions.AlreadyExistsException):
            self.glue.create_database(DatabaseInput={"Name": DATABASE})
        for args, want in (
            ({"aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": "wrong"}, "InvalidSignatureException"),
            ({"aws_access_key_id": "AKIANOBODY", "aws_secret_access_key": "wrong"}, "UnrecognizedClientException"),
        ):
            with self.subTest(want):
                with self.assertRaises(ClientError) as e:
                    boto3.client("glue", **args).get_databases()
                self.assertEqual(code(e), want)

    def test_a_table_of_ones_own_can_be_made_and_dropped(self):
        storage = self.glue.get_table(DatabaseName=DATABASE, Name="ticks")["Table"]["StorageDescriptor"]
        self.glue.create_table(DatabaseName=DATABASE, TableInput={"Name": "mine", "StorageDescriptor": storage, "TableType": "EXTERNAL_TABLE", "PartitionKeys": [{"Name": "dt", "Type": "string"}]})
        try:
            self.glue.batch_create_partition(DatabaseName=DATABASE, TableName="mine", PartitionInputList=[{"Values": ["x"], "StorageDescriptor": storage}])
            self.assertEqual(len(self.glue.get_partitions(DatabaseName=DATABASE, TableName="mine")["Partitions"]), 1)
        finally:
            self.glue.delete_table(DatabaseName=DATABASE, Name="mine")
        with self.assertRaises(self.glue.exceptions.EntityNotFoundException):
            self.glue.get_table(DatabaseName=DATABASE, Name="mine")

    def test_sts_says_who_calls(self):
        who = boto3.client("sts").get_caller_identity()
        self.assertEqual(who["Account"], "000000000000")
        self.assertTrue(who["Arn"].startswith("arn:aws:iam::000000000000:"))
        with self.assertRaises(ClientError) as e:
            boto3.client("sts", aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key="wrong").get_caller_identity()
        self.assertEqual(code(e), "SignatureDoesNotMatch")

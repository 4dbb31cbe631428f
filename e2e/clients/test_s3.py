"""boto3's S3."""

import gzip
import io
import os
import unittest
import urllib.error
import urllib.request
import uuid

import boto3
import botocore
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

from lake import BUCKET, DAYS, TICKS, plain

RAW_HEADER = b"timestamp,symbol,price,volume,open,high,low,venue,currency,sequence,extra"


class S3(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s3 = boto3.client("s3")

    def keys(self, prefix):
        return [o["Key"] for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix) for o in page.get("Contents", [])]

    def test_the_bucket_is_there_and_waiters_see_it(self):
        self.assertIn(BUCKET, [b["Name"] for b in self.s3.list_buckets()["Buckets"]])
        self.s3.get_waiter("bucket_exists").wait(Bucket=BUCKET)
        self.s3.get_waiter("object_exists").wait(Bucket=BUCKET, Key=self.keys("raw/")[0])
        waiter = self.s3.get_waiter("object_exists")
        with self.assertRaises(WaiterError):
            waiter.wait(Bucket=BUCKET, Key="nowhere", WaiterConfig={"Delay": 0, "MaxAttempts": 2})
        self.assertIn(self.s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"], (None, "us-east-1"))

    def test_both_versions_of_listing_fold_at_the_delimiter(self):
        for operation in ("list_objects", "list_objects_v2"):
            with self.subTest(operation):
                page = getattr(self.s3, operation)(Bucket=BUCKET, Prefix="curated/ticks/", Delimiter="/")
                self.assertEqual([p["Prefix"] for p in page["CommonPrefixes"]], [f"curated/ticks/dt={d}/" for d in DAYS])
                self.assertNotIn("Contents", page)
                self.assertFalse(page["IsTruncated"])
                page = getattr(self.s3, operation)(Bucket=BUCKET, Prefix=f"curated/ticks/dt={DAYS[0]}/", Delimiter="/")
                self.assertNotIn("CommonPrefixes", page)
                self.assertTrue(all(o["Key"].endswith(".parquet") and o["Size"] > 0 for o in page["Contents"]))

    def test_a_listing_has_pages(self):
        whole = self.keys("")
        self.assertEqual(whole, sorted(whole))
        for operation in ("list_objects", "list_objects_v2"):
            with self.subTest(operation):
                pages = list(self.s3.get_paginator(operation).paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 3}))
                self.assertEqual([o["Key"] for p in pages for o in p["Contents"]], whole)
                self.assertEqual(len(pages), -(-len(whole) // 3))
        after = self.s3.list_objects_v2(Bucket=BUCKET, StartAfter=whole[3], MaxKeys=2)
        self.assertEqual([o["Key"] for o in after["Contents"]], whole[4:6])

    def test_folders_at_the_delimiter_have_pages(self):
        found, token = [], {}
        while True:
            page = self.s3.list_objects_v2(Bucket=BUCKET, Prefix="raw/ticks/", Delimiter="/", MaxKeys=2, **token)
            found += [p["Prefix"] for p in page["CommonPrefixes"]]
            self.assertLessEqual(page["KeyCount"], 2)
            if not page["IsTruncated"]:
                break
            token = {"ContinuationToken": page["NextContinuationToken"]}
        self.assertEqual(found, [f"raw/ticks/dt={d}/" for d in DAYS])

    def test_the_raw_zone_is_the_dataset(self):
        rows = []
        for key in self.keys("raw/ticks/"):
            lines = gzip.decompress(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()).splitlines()
            self.assertEqual(lines[0], RAW_HEADER)
            rows += [line.decode() for line in lines[1:]]
        want = []
        for t in TICKS:
            time = t.text.rstrip("Z").rstrip("0").rstrip(".") + "Z" if "." in t.text else t.text
            symbol = '"A ""B"", C"' if "," in t.symbol else t.symbol
            want.append(f"{time},{symbol},{plain(t.price)},{'' if t.volume is None else t.volume},{plain(t.open)},{plain(t.high)},,,,{t.sequence},")
        self.assertEqual(sorted(rows), sorted(want))

    def test_an_object_is_headed_and_ranged(self):
        key = self.keys("curated/ticks/")[0]
        head = self.s3.head_object(Bucket=BUCKET, Key=key)
        self.assertEqual(sorted(head["Metadata"]), ["crc32c", "cut", "rows"])
        whole = self.s3.get_object(Bucket=BUCKET, Key=key)
        body = whole["Body"].read()
        size = len(body)
        self.assertEqual((head["ContentLength"], head["ETag"], body[:4], body[-4:]), (size, whole["ETag"], b"PAR1", b"PAR1"))
        for asked, want, content_range in (
            ("bytes=0-3", body[:4], f"bytes 0-3/{size}"),
            ("bytes=-4", body[-4:], f"bytes {size - 4}-{size - 1}/{size}"),
            (f"bytes={size - 2}-", body[-2:], f"bytes {size - 2}-{size - 1}/{size}"),
            ("bytes=10-99999999", body[10:], f"bytes 10-{size - 1}/{size}"),
        ):
            with self.subTest(asked):
                part = self.s3.get_object(Bucket=BUCKET, Key=key, Range=asked)
                self.assertEqual((part["Body"].read(), part["ContentRange"], part["ResponseMetadata"]["HTTPStatusCode"]), (want, content_range, 206))
        with self.assertRaises(ClientError) as e:
            self.s3.get_object(Bucket=BUCKET, Key=key, Range=f"bytes={size}-")
        self.assertEqual(e.exception.response["Error"]["Code"], "InvalidRange")
        with self.assertRaises(ClientError) as e:
            self.s3.get_object(Bucket=BUCKET, Key=key, IfNoneMatch=head["ETag"])
        self.assertEqual(e.exception.response["ResponseMetadata"]["HTTPStatusCode"], 304)

    def test_a_presigned_url_opens_one_object_for_a_while(self):
        key = self.keys("raw/ticks/")[0]
        s3 = boto3.client("s3", config=Config(signature_version="s3v4"))  # its default for URLs is version 2, of 2006
        url = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": key}, ExpiresIn=60)
        with urllib.request.urlopen(url) as response:
            self.assertEqual(response.read(), self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
        for broken in (url[:-1] + ("0" if url[-1] != "0" else "1"), url.replace(key.split("/")[-1], "other"), url.split("?")[0]):
            with self.subTest(broken), self.assertRaises(urllib.error.HTTPError) as e:
                urllib.request.urlopen(broken)
            self.assertEqual(e.exception.code, 403)

    def test_objects_are_written_copied_and_deleted(self):
        name = f"scratch/{uuid.uuid4()}/"
        content = bytes(range(256)) * 40_000  # more than one part
        self.s3.upload_fileobj(io.BytesIO(content), BUCKET, name + "a b+é", ExtraArgs={"Metadata": {"k": "v"}}, Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20))
        self.s3.copy_object(Bucket=BUCKET, Key=name + "copy", CopySource={"Bucket": BUCKET, "Key": name + "a b+é"})
        for key in ("a b+é", "copy"):
            got = self.s3.get_object(Bucket=BUCKET, Key=name + key)
            self.assertEqual((got["Body"].read() == content, got["Metadata"]), (True, {"k": "v"}))
        with self.assertRaises(ClientError) as e:
            self.s3.put_object(Bucket=BUCKET, Key=name + "copy", Body=b"x", IfNoneMatch="*")
        self.assertEqual(e.exception.response["Error"]["Code"], "PreconditionFailed")
        deleted = self.s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": name + "a b+é"}, {"Key": name + "copy"}]})
        self.assertEqual(sorted(d["Key"] for d in deleted["Deleted"]), [name + "a b+é", name + "copy"])
        self.assertEqual(self.keys(name), [])

    def test_what_is_not_there_and_who_may_not_are_told_as_by_s3(self):
        def code(client, operation, **args):
            with self.assertRaises(ClientError) as e:
                getattr(client, operation)(**args)
            return e.exception.response["Error"]["Code"]

        self.assertEqual(code(self.s3, "get_object", Bucket=BUCKET, Key="nowhere"), "NoSuchKey")
        self.assertEqual(code(self.s3, "head_object", Bucket=BUCKET, Key="nowhere"), "404")
        self.assertEqual(code(self.s3, "list_objects_v2", Bucket="no-such-bucket"), "NoSuchBucket")
        wrong = boto3.client("s3", aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key="wrong")
        self.assertEqual(code(wrong, "list_objects_v2", Bucket=BUCKET), "SignatureDoesNotMatch")
        unknown = boto3.client("s3", aws_access_key_id="AKIANOBODY", aws_secret_access_key="wrong")
        self.assertEqual(code(unknown, "list_objects_v2", Bucket=BUCKET), "InvalidAccessKeyId")
        nobody = boto3.client("s3", config=Config(signature_version=botocore.UNSIGNED))
        self.assertEqual(code(nobody, "list_objects_v2", Bucket=BUCKET), "AccessDenied")

"""Bundles in a real S3 server."""

import asyncio
import re
import signal
import sys
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from huleedu_ml_training.config import ArtifactSettings, RegistrySettings, Settings
from huleedu_ml_training.export.bundle_errors import (
    BundleFileTooLargeError,
    InvalidBundleDocumentError,
    MissingBundleFileError,
    TamperedBundleFileError,
    UnknownBundleFileError,
)
from huleedu_ml_training.registry.artifacts import bucket as bucket_module
from huleedu_ml_training.registry.artifacts.bucket import Bucket
from huleedu_ml_training.registry.artifacts.errors import ArtifactExistsError, ArtifactNotFoundError
from huleedu_ml_training.registry.artifacts.local import LocalArtifactStore
from huleedu_ml_training.registry.artifacts.opening import (
    check_artifact_store,
    open_artifact_store,
)
from huleedu_ml_training.registry.artifacts.s3 import S3ArtifactStore
from huleedu_ml_training.registry.artifacts.s3_errors import (
    ObjectStoreAccessError,
    ObjectStoreBucketError,
    ObjectStoreCredentialsError,
    ObjectStoreError,
    ObjectStoreOverwritesError,
    ObjectStoreUnavailableError,
    S3NotInstalledError,
)
from huleedu_ml_training.testing.artifact_suite import ArtifactStoreSuite
from huleedu_ml_training.testing.bundles import small_bundle, small_files
from huleedu_ml_training.testing.s3_server import Refusal

FILES = small_bundle().files
MIB = 1024 * 1024


class TestS3ArtifactStore(ArtifactStoreSuite):
    @pytest.fixture
    def store(self, s3_server):
        return S3ArtifactStore(Bucket(s3_server.settings()))


@pytest.fixture
def settings(s3_server):
    return s3_server.settings(attempts=1)


@pytest.fixture
def store(settings):
    return S3ArtifactStore(Bucket(settings))


@pytest.fixture
def objects(s3_server, settings):
    return Objects(s3_server, settings)


class Objects:
    """The bucket as an administrator sees it; keys are below the prefix."""

    def __init__(self, server, settings):
        self._client = server.client()
        self.bucket = settings.url.split("/")[2]

    def below(self):
        found = self._client.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return [each["Key"].removeprefix("some/where/") for each in found]

    def key(self, file):
        [found] = [key for key in self.below() if key.endswith(f"/{file}")]
        return found

    def uploads(self):
        found = self._client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])
        return [each["Key"].removeprefix("some/where/") for each in found]

    def put(self, key, data):
        self._client.put_object(Bucket=self.bucket, Key=f"some/where/{key}", Body=data)

    def delete(self, key):
        self._client.delete_object(Bucket=self.bucket, Key=f"some/where/{key}")


def refusing(code, status, *, when=lambda _method, _path: True):
    def interfere(method, path):
        if when(method, path):
            raise Refusal(status, code)

    return interfere


def finishing(method, path):
    return method == "POST" and re.search(r"/models/[^/.]+\.json\?uploadId=", path) is not None


def record_of(file, size):
    entry = b'{"size": %d, "sha256": "%s"}' % (size, b"a" * 64)
    return b'{"format": 1, "upload": "%%b", "files": {"%s": %s}}' % (file.encode(), entry)


def an_hour_ahead():
    return datetime.now(UTC) + timedelta(hours=1)


async def test_everything_lies_below_the_prefix(store, objects, s3_server):
    path = await store.write("model_a", FILES)
    assert "models/model_a" == path
    folders = {key.rpartition("/")[0] for key in objects.below() if key != "models/model_a.json"}
    assert re.fullmatch(r"models/\.uploads/model_a/[0-9a-f]{32}", *folders)
    assert len(FILES) + 1 == len(objects.below())
    written = [path for method, path in s3_server.requests if method != "GET"][1:]
    assert all(path.startswith(f"/{objects.bucket}/some/where/models/") for path in written)


async def test_a_writer_that_comes_too_late_leaves_nothing(store, objects):
    await store.write("model_a", FILES)
    before = objects.below()
    with pytest.raises(ArtifactExistsError):
        await store.write("model_a", FILES)
    assert (before, []) == (objects.below(), objects.uploads())


async def test_two_writers_that_finish_at_once(store, settings, objects, s3_server):
    """Both send all files before either finishes; one wins, and the loser's files go."""
    both = asyncio.Event()
    loop, arrived = asyncio.get_running_loop(), []

    def meet(method, path):
        if finishing(method, path):
            arrived.append(path)
            if len(arrived) == 2:
                loop.call_soon_threadsafe(both.set)
            asyncio.run_coroutine_threadsafe(both.wait(), loop).result(timeout=20)

    s3_server.interfere = meet
    bundles = [small_bundle(), small_bundle(qwk_low=0.9)]
    stores = [store, S3ArtifactStore(Bucket(settings))]
    outcomes = await asyncio.gather(
        *(
            each.write("model_a", bundle.files)
            for each, bundle in zip(stores, bundles, strict=True)
        ),
        return_exceptions=True,
    )
    [winner] = [bundles[i] for i, out in enumerate(outcomes) if out == "models/model_a"]
    assert [ArtifactExistsError] == [type(out) for out in outcomes if not isinstance(out, str)]
    assert dict(winner.files) == await store.read("models/model_a")
    assert (len(FILES) + 1, []) == (len(objects.below()), objects.uploads())


@pytest.mark.parametrize("code", ["ConditionalRequestConflict", "OperationAborted"])
async def test_a_conflict_is_tried_again(store, objects, s3_server, code):
    conflicts = [code]

    def once(method, path):
        if finishing(method, path) and conflicts:
            raise Refusal(409, conflicts.pop())

    s3_server.interfere = once
    assert dict(FILES) == await store.read(await store.write("model_a", FILES))
    assert (len(FILES) + 1, []) == (len(objects.below()), objects.uploads())


async def test_conflicts_without_end_are_an_error(store, objects, s3_server):
    s3_server.interfere = refusing("ConditionalRequestConflict", 409, when=finishing)
    with pytest.raises(ObjectStoreUnavailableError):
        await store.write("model_a", FILES)
    assert ([], []) == (objects.below(), objects.uploads())


@pytest.mark.parametrize("repeats", [1, 2])
async def test_a_lost_answer_is_no_failure(s3_server, repeats):
    """The record was finished, and only the answer got lost: the bundle is there."""
    store = S3ArtifactStore(Bucket(s3_server.settings(attempts=repeats)))
    lost = []

    def lose(method, path):
        if finishing(method, path) and not lost:
            lost.append(path)
            return True
        return False

    s3_server.lose_answer = lose
    path = await store.write("model_a", FILES)
    assert 1 == len(lost)
    assert dict(FILES) == await store.read(path)


async def test_a_store_that_fails_half_way_leaves_nothing(store, objects, s3_server):
    s3_server.interfere = refusing(
        "ServiceUnavailable",
        503,
        when=lambda method, path: method == "PUT" and path.endswith("/metrics.json"),
    )
    with pytest.raises(ObjectStoreUnavailableError) as caught:
        await store.write("model_a", FILES)
    assert "metrics.json" in caught.value.what
    assert [] == await store.list_paths()
    assert ([], []) == (objects.below(), objects.uploads())


async def test_a_cancelled_writer_leaves_nothing(store, objects, s3_server):
    sending, loop = asyncio.Event(), asyncio.get_running_loop()
    cancelled = asyncio.Event()

    def wait(method, path):
        if method == "PUT" and path.endswith("/config.yaml"):
            loop.call_soon_threadsafe(sending.set)
            asyncio.run_coroutine_threadsafe(cancelled.wait(), loop).result(timeout=20)

    s3_server.interfere = wait
    writing = asyncio.create_task(store.write("model_a", FILES))
    await sending.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    cancelled.set()
    async with asyncio.timeout(20):
        while objects.below() or objects.uploads():  # noqa: ASYNC110 - a server's, not ours
            await asyncio.sleep(0.01)
    assert [] == await store.list_paths()


class TestLargeFiles:
    """Files above the size of a part go in parts."""

    FILES = small_bundle(
        files={**small_files(), "grader.onnx": bytes(range(256)) * 4096 * 11}
    ).files

    @pytest.fixture
    def store(self, settings):
        return S3ArtifactStore(Bucket(settings, part_size=5 * MIB))

    async def test_come_back_whole(self, store, objects, s3_server):
        path = await store.write("model_a", self.FILES)
        parts = [
            path.rpartition("=")[2] for method, path in s3_server.requests
            if method == "PUT" and "grader.onnx" in path
        ]  # fmt: skip
        assert ["1", "2", "3"] == parts
        assert dict(self.FILES) == await store.read(path)
        assert [] == objects.uploads()

    async def test_one_that_breaks_off_leaves_nothing(self, store, objects, s3_server):
        s3_server.interfere = refusing(
            "InternalError", 500, when=lambda _, path: "partNumber=2" in path
        )
        with pytest.raises(ObjectStoreUnavailableError):
            await store.write("model_a", self.FILES)
        assert ([], []) == (objects.below(), objects.uploads())

    async def test_bytes_that_change_on_their_way_are_refused(self, store, objects, monkeypatch):
        monkeypatch.setattr(bucket_module, "_checksum", lambda _: "A" * 43 + "=")
        with pytest.raises(ObjectStoreError) as caught:
            await store.write("model_a", self.FILES)
        assert "BadDigest" in caught.value.why
        assert ([], []) == (objects.below(), objects.uploads())


KILLED_WRITER = """
import asyncio, os, signal, sys
from huleedu_ml_training.config import ArtifactSettings
from huleedu_ml_training.registry.artifacts.bucket import Bucket
from huleedu_ml_training.registry.artifacts.s3 import S3ArtifactStore
from huleedu_ml_training.testing.bundles import small_bundle

bucket = Bucket(ArtifactSettings.model_validate_json(sys.argv[1]))

def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] == "sending":
    send, sent = bucket.put, []
    def put(key, data):
        sent.append(key)
        (send if len(sent) < 4 else die)(key, data)
    bucket.put = put
elif sys.argv[2] == "finishing":
    bucket.finish_as_new = die
else:
    finish = bucket.finish_as_new
    bucket.finish_as_new = lambda *args: (finish(*args), die())
asyncio.run(S3ArtifactStore(bucket).write("model_a", small_bundle().files))
"""


@pytest.mark.parametrize("step", ["sending", "finishing", "finished"])
async def test_a_killed_writer_leaves_all_or_nothing(store, settings, objects, s3_server, step):
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED_WRITER, settings.model_dump_json(), step
    )
    assert -signal.SIGKILL == await killed.wait()
    visible = step == "finished"
    assert (["models/model_a"] if visible else []) == await store.list_paths()
    if not visible:
        with pytest.raises(ArtifactNotFoundError):
            await store.read("models/model_a")
        assert "models/model_a" == await store.write("model_a", FILES)
    assert dict(FILES) == await store.read("models/model_a")
    s3_server.uploads_begun_at = datetime.now(UTC)
    swept = await store.sweep(before=an_hour_ahead())
    assert [not visible] == [bool(swept)]
    assert (len(FILES) + 1, []) == (len(objects.below()), objects.uploads())
    assert dict(FILES) == await store.read("models/model_a")


class TestSweeping:
    async def test_what_is_young_stays(self, store, settings, objects, s3_server):
        bucket = Bucket(settings)
        bucket.begin("models/model_a.json")
        token = "0" * 32
        objects.put(f"models/.uploads/model_b/{token}/config.yaml", b"")
        bucket.begin(f"models/.uploads/model_c/{token}/grader.onnx")
        hour_ago = datetime.now(UTC) - timedelta(hours=1)
        s3_server.uploads_begun_at = datetime.now(UTC)
        assert [] == await store.sweep(before=hour_ago)
        assert (1, 2) == (len(objects.below()), len(objects.uploads()))

    async def test_what_is_old_goes(self, store, settings, objects, s3_server):
        bucket = Bucket(settings)
        upload = bucket.begin("models/model_a.json")
        token = "0" * 32
        objects.put(f"models/.uploads/model_b/{token}/config.yaml", b"")
        bucket.begin(f"models/.uploads/model_c/{token}/grader.onnx")
        path = await store.write("model_b", FILES)
        left = [f".uploads/model_{name}/{token}" for name in "bc"]
        assert left == (await store.sweep(before=an_hour_ahead(), dry_run=True))[1:]
        assert len(FILES) + 2 == len(objects.below())
        swept = await store.sweep(before=an_hour_ahead())
        assert left == swept[1:]
        assert swept[0].startswith(".uploads/model_a/")
        assert (len(FILES) + 1, []) == (len(objects.below()), objects.uploads())
        assert [] == await store.sweep(before=an_hour_ahead())
        assert dict(FILES) == await store.read(path)
        with pytest.raises(ObjectStoreError):
            bucket.finish_as_new("models/model_a.json", upload, b"{}")

    async def test_a_writer_whose_work_is_swept_shows_nothing(self, store, objects, s3_server):
        """Swept after all files were sent and before the record was finished."""
        sweeping, loop = [], asyncio.get_running_loop()

        def sweep_now(method, path):
            if finishing(method, path) and not sweeping:
                sweeping.append(path)
                work = store.sweep(before=an_hour_ahead())
                asyncio.run_coroutine_threadsafe(work, loop).result(timeout=20)

        s3_server.interfere = sweep_now
        with pytest.raises(ObjectStoreError):
            await store.write("model_a", FILES)
        assert 1 == len(sweeping)
        assert ([], []) == (objects.below(), objects.uploads())

    async def test_files_of_a_record_that_cannot_be_read_stay(self, store, objects):
        await store.write("model_a", FILES)
        objects.put("models/model_a.json", b"not a record")
        assert [] == await store.sweep(before=an_hour_ahead())
        assert len(FILES) + 1 == len(objects.below())

    async def test_a_removal_that_was_killed_is_finished(self, store, objects, s3_server):
        path = await store.write("model_a", FILES)
        s3_server.interfere = refusing(
            "AccessDenied", 403, when=lambda method, path: method == "DELETE" and "onnx" in path
        )
        with pytest.raises(ObjectStoreAccessError):
            await store.delete(path)
        s3_server.reset()
        assert [] == await store.list_paths()
        [left] = await store.sweep(before=an_hour_ahead())
        assert left.startswith(".uploads/model_a/")
        assert [] == objects.below()


class TestReading:
    async def test_a_file_that_was_changed_is_refused(self, store, objects):
        path = await store.write("model_a", FILES)
        objects.put(objects.key("grader.onnx"), b"not A graph")
        with pytest.raises(TamperedBundleFileError) as caught:
            await store.read(path)
        assert "grader.onnx" in caught.value.what

    async def test_a_file_that_grew_is_refused_unread(self, store, objects, s3_server):
        path = await store.write("model_a", FILES)
        objects.put(objects.key("config.yaml"), b"#" * 3 * MIB)
        with pytest.raises(TamperedBundleFileError) as caught:
            await store.read(path)
        assert f"{3 * MIB} bytes" in str(caught.value)

    async def test_a_file_that_is_missing(self, store, objects):
        path = await store.write("model_a", FILES)
        objects.delete(objects.key("metrics.json"))
        with pytest.raises(MissingBundleFileError):
            await store.read(path)

    async def test_a_bundle_that_is_removed_meanwhile(self, store, objects, s3_server):
        path = await store.write("model_a", FILES)

        def remove(method, path):
            if path.endswith("/metrics.json") and method == "GET":
                s3_server.interfere = lambda _method, _path: None
                objects.delete("models/model_a.json")
                objects.delete(objects.key("metrics.json"))

        s3_server.interfere = remove
        with pytest.raises(ArtifactNotFoundError):
            await store.read(path)

    @pytest.mark.parametrize(
        ("record", "error"),
        [
            (b"", InvalidBundleDocumentError),
            (b"[]", InvalidBundleDocumentError),
            (b'{"format": 1}', InvalidBundleDocumentError),
            (b'{"format": 2, "upload": "%b", "files": {}}', InvalidBundleDocumentError),
            (b'{"format": 1, "upload": "../%b", "files": {}}', InvalidBundleDocumentError),
            (record_of("config.yaml", -1), InvalidBundleDocumentError),
            (record_of("../x", 1), UnknownBundleFileError),
            (record_of("config.yaml", 9_999_999), BundleFileTooLargeError),
        ],
    )
    async def test_a_record_that_is_none(self, store, objects, record, error):
        objects.put("models/model_a.json", record.replace(b"%b", b"a" * 32))
        with pytest.raises(error):
            await store.read("models/model_a")
        await store.delete("models/model_a")
        assert [] == await store.list_paths()

    async def test_an_answer_that_breaks_off_is_asked_for_again(self, s3_server):
        store = S3ArtifactStore(Bucket(s3_server.settings(attempts=2)))
        path = await store.write("model_a", FILES)
        cut = []

        def lose(method, path):
            if method == "GET" and path.endswith("/grader.onnx") and not cut:
                cut.append(path)
                return True
            return False

        s3_server.lose_answer = lose
        assert dict(FILES) == await store.read(path)
        assert 1 == len(cut)


async def test_listings_of_many_pages(store, objects, s3_server, monkeypatch):
    """More than one page of bundles, of files, and of leftovers."""
    record = b'{"format": 1, "upload": "%b", "files": {}}' % (b"a" * 32)
    wanted = [f"models/model_{i:02}" for i in range(25)]
    for path in wanted:
        objects.put(f"{path}.json", record)
    token = "b" * 32
    for i in range(12):
        objects.put(f"models/.uploads/model_x/{token}/booster{i}.txt", b"")
    real = Bucket._open

    def small_pages(self):
        client = real(self)
        if not getattr(client, "_small_pages", False):
            client._small_pages = True
            client.meta.events.register(
                "provide-client-params.s3.ListObjectsV2",
                lambda params, **_: {**params, "MaxKeys": 5},
            )
        return client

    monkeypatch.setattr(Bucket, "_open", small_pages)
    assert wanted == await store.list_paths()
    assert 6 <= len([path for _, path in s3_server.requests if "max-keys=5" in path])
    assert [f".uploads/model_x/{token}"] == await store.sweep(before=an_hour_ahead())
    assert 25 == len(objects.below())


class TestErrors:
    @pytest.mark.parametrize(
        ("code", "status", "error"),
        [
            ("AccessDenied", 403, ObjectStoreAccessError),
            ("InvalidAccessKeyId", 403, ObjectStoreAccessError),
            ("ExpiredToken", 400, ObjectStoreAccessError),
            ("NoSuchBucket", 404, ObjectStoreBucketError),
            ("SlowDown", 503, ObjectStoreUnavailableError),
            ("InternalError", 500, ObjectStoreUnavailableError),
            ("RequestTimeTooSkewed", 400, ObjectStoreError),
        ],
    )
    async def test_a_store_that_refuses(self, store, s3_server, code, status, error):
        s3_server.interfere = refusing(code, status)
        for work in (
            store.write("model_a", FILES),
            store.read("models/model_a"),
            store.list_paths(),
            store.stored_at("models/model_a"),
            store.delete("models/model_a"),
            store.sweep(before=an_hour_ahead()),
        ):
            with pytest.raises(ObjectStoreError) as caught:
                await work
            assert error is type(caught.value)
            assert "some/where" in caught.value.what
            assert caught.value.remedy
            assert "a-secret-of-tests" not in str(caught.value)

    async def test_a_bucket_that_is_not_there(self, s3_server):
        store = S3ArtifactStore(Bucket(s3_server.settings(bucket="absent-bucket")))
        for work in (
            store.write("model_a", FILES),
            store.read("models/model_a"),
            store.stored_at("models/model_a"),
            store.list_paths(),
        ):
            with pytest.raises(ObjectStoreBucketError):
                await work

    async def test_without_credentials(self, store, monkeypatch):
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        with pytest.raises(ObjectStoreCredentialsError) as caught:
            await store.list_paths()
        assert "AWS_ACCESS_KEY_ID" in caught.value.remedy

    async def test_nobody_answers(self, s3_server):
        store = S3ArtifactStore(
            Bucket(s3_server.settings(endpoint_url="http://127.0.0.1:9", attempts=1))
        )
        with pytest.raises(ObjectStoreUnavailableError) as caught:
            await store.list_paths()
        assert "127.0.0.1:9" in caught.value.why

    async def test_requests_are_repeated_a_bounded_number_of_times(self, s3_server):
        store = S3ArtifactStore(Bucket(s3_server.settings(attempts=2)))
        s3_server.requests.clear()
        s3_server.interfere = refusing("SlowDown", 503)
        with pytest.raises(ObjectStoreUnavailableError):
            await store.list_paths()
        assert 2 == len(s3_server.requests)

    async def test_a_store_that_is_slow(self, s3_server):
        settings = s3_server.settings(attempts=1, timeout_s=0.05)
        asked, loop = asyncio.Event(), asyncio.get_running_loop()
        s3_server.interfere = lambda *_: asyncio.run_coroutine_threadsafe(
            asked.wait(), loop
        ).result(timeout=20)
        with pytest.raises(ObjectStoreUnavailableError):
            await S3ArtifactStore(Bucket(settings)).list_paths()
        asked.set()


class TestOpening:
    def test_bundles_lie_at_home_unless_the_settings_say_otherwise(self, tmp_path):
        assert isinstance(open_artifact_store(Settings(home=tmp_path)), LocalArtifactStore)

    async def test_settings_choose_s3(self, settings, objects, tmp_path):
        everything = Settings(home=tmp_path, registry=RegistrySettings(artifacts=settings))
        await open_artifact_store(everything).write("model_a", FILES)
        assert "models/model_a.json" in objects.below()
        assert [] == list(tmp_path.iterdir())

    def test_without_the_client(self, settings, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "botocore", None)
        everything = Settings(home=tmp_path, registry=RegistrySettings(artifacts=settings))
        with pytest.raises(S3NotInstalledError) as caught:
            open_artifact_store(everything)
        assert 'pip install "huleedu-ml-training[s3]"' in caught.value.remedy

    async def test_health(self, settings, objects, s3_server, tmp_path):
        everything = Settings(home=tmp_path, registry=RegistrySettings(artifacts=settings))
        place = f"s3://{objects.bucket}/some/where/"
        assert (place, True) == await check_artifact_store(everything)
        assert ([], []) == (objects.below(), objects.uploads())
        s3_server.interfere = refusing("AccessDenied", 403, when=lambda method, _: method != "GET")
        assert (place, False) == await check_artifact_store(everything)

    async def test_health_of_a_store_that_overwrites(self, settings, objects, tmp_path, s3_server):
        """Such a store keeps the first object until the second replaces it."""
        removed = []

        def forget(method, path):
            finishing_probe = method == "POST" and "/probe?uploadId=" in path
            if finishing_probe and objects.below() and not removed:
                removed.append(path)
                objects.delete(objects.below()[0])

        s3_server.interfere = forget
        everything = Settings(home=tmp_path, registry=RegistrySettings(artifacts=settings))
        with pytest.raises(ObjectStoreOverwritesError):
            await check_artifact_store(everything)
        assert [] == objects.below()

    @pytest.mark.parametrize(
        "url",
        ["s3://", "s3://UPPER/x", "s3://bucket/../x", "s3://user:key@bucket/x", "http://bucket/x"],
    )
    def test_addresses_that_are_none(self, url):
        with pytest.raises(ValueError, match="pattern"):
            ArtifactSettings(url=url)


async def test_the_server_of_these_tests_compares_checksums(s3_server):
    client = s3_server.client()
    with pytest.raises(ClientError, match="BadDigest"):
        client.put_object(
            Bucket=s3_server.make_bucket(), Key="x", Body=b"x", ChecksumSHA256="A" * 43 + "="
        )

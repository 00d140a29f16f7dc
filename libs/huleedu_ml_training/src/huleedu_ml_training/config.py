"""Settings: defaults, then YAML, then environment and ``.env``, then flags.

Environment variables carry the prefix ``HULEEDU_ML_``; nested fields are joined by ``__``, as in
``HULEEDU_ML_TRAINING__SEED=7``. Unknown keys are errors wherever they come from.
"""

from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ENV_PREFIX = "HULEEDU_ML_"


class _Section(BaseModel):
    """A group of settings; frozen, and strict about unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EssayColumns(_Section):
    """Column names of the host's essays table; None where the host has no such column."""

    id: str = "id"
    text: str = "text"
    grade: str = "grade"
    prompt: str | None = "prompt"
    prompt_text: str | None = "prompt_text"
    language: str | None = "language"
    created_at: str | None = "created_at"
    scale: str | None = "scale"
    source: str | None = "source"
    ratings: str | None = Field(
        "ratings", description="JSONB array or text[] of single raters' grade labels; null: absent"
    )
    metadata: str | None = Field("metadata", description="JSONB object of further text columns")


class FeatureColumns(_Section):
    """Where the host keeps precomputed feature vectors, and in which form."""

    table: str | None = Field(None, description="null: features are extracted by this library")
    schema_name: str | None = Field(None, alias="schema")
    essay_id: str = "essay_id"
    layout: Literal["jsonb_array", "jsonb_object", "real_array", "columns"] = "jsonb_object"
    vector: str = Field("features", description="The column that holds the vector or object")
    names: tuple[str, ...] = Field(
        (), description="Feature names, in order; required for arrays, optional otherwise"
    )
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class RatingSource(_Section):
    """Where the host keeps single grades, if not in the column ``essays.columns.ratings``."""

    columns: tuple[str, ...] = Field(
        (), description="Columns of the essays table that hold one rater's grade each"
    )
    table: str | None = Field(
        None, description="A table with a row per rating, such as essay_ratings; null: none"
    )
    schema_name: str | None = Field(None, alias="schema")
    essay_id: str = "essay_id"
    rater: str = Field("rater_id", description="Who rated; puts an essay's ratings in order")
    grade: str = "grade"
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="after")
    def _one_place(self) -> "RatingSource":
        if self.columns and self.table is not None:
            msg = "columns and table are both set: name one place"
            raise ValueError(msg)
        return self


class EssaySource(_Section):
    """The host's tables, read with SELECT only."""

    schema_name: str | None = Field(None, alias="schema", description="null: the search path")
    table: str = "essays"
    columns: EssayColumns = EssayColumns()
    ratings: RatingSource = RatingSource()
    features: FeatureColumns = FeatureColumns()
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class SelectionSettings(_Section):
    """Which essays a command works on, unless its options say otherwise."""

    sources: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    exclude_prompts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    min_words: Annotated[int, Field(ge=0)] = 0
    max_words: Annotated[int, Field(ge=1)] | None = None
    since: str | None = Field(None, description="ISO 8601 date or time; UTC unless it says")
    until: str | None = Field(None, description="ISO 8601 date or time, exclusive")


class DatabaseSettings(_Section):
    """Connections, apart from the URL itself (``database_url``)."""

    pool_size: Annotated[int, Field(ge=1, le=100)] = 5
    connect_timeout_s: Annotated[float, Field(gt=0)] = 10.0
    stream_batch_size: Annotated[int, Field(ge=1)] = 500


class LanguageToolSettings(_Section):
    """The LanguageTool server of ``features.checker = languagetool``."""

    url: SecretStr | None = Field(None, description="For example http://localhost:8081")
    cache_path: Path | None = Field(
        None, description="File that keeps answers; null: languagetool.sqlite in the user's cache"
    )
    english: Literal["en-US", "en-GB"] = "en-US"
    level: Literal["default", "picky"] = "default"
    disabled_categories: tuple[str, ...] = ()
    disabled_rules: tuple[str, ...] = ()
    server_setup: str = Field(
        "", description="A name for what the server's own set-up changes, such as n-grams"
    )
    concurrency: Annotated[int, Field(ge=1, le=64)] = Field(
        4, description="Requests at the same time, in each extraction process"
    )
    timeout_s: Annotated[float, Field(gt=0)] = 60.0
    deadline_s: Annotated[float, Field(gt=0)] = Field(
        240.0, description="Longest time for one text, all attempts together"
    )


class FeatureSettings(_Section):
    """How texts become numbers."""

    embedder: Literal["minilm", "proficiency", "none"] = "minilm"
    parser: Literal["spacy", "none"] = Field(
        "spacy", description="none leaves out the features that need sentence structure"
    )
    checker: Literal["local", "languagetool", "none"] = Field(
        "local", description="none leaves out the features that need a grammar checker"
    )
    languagetool: LanguageToolSettings = LanguageToolSettings()
    lix: bool = Field(False, description="Add the Swedish readability index LIX as a column")
    models_dir: Path | None = Field(
        None, description="Where prepared encoders are kept; null: the user's cache"
    )
    pipeline: str | None = Field(
        None, description="module:function that makes another pipeline; null: ours, as set above"
    )
    workers: Annotated[int, Field(ge=1)] = Field(2, description="Extraction processes")
    batch_size: Annotated[int, Field(ge=1)] = Field(64, description="Essays stored at a time")
    store: Literal["postgres", "parquet"] = Field(
        "postgres", description="parquet keeps features in files and needs no database"
    )
    store_dir: Path | None = Field(
        None, description="Directory of the Parquet files; null: features in the home directory"
    )
    near_duplicate: Annotated[float, Field(gt=0, le=1)] = Field(
        0.999, description="Least |Pearson r| at which two columns are reported as the same"
    )
    service_url: Annotated[str, Field(pattern=r"^https?://[^\s@?#]+$")] | None = Field(
        None, description="A feature service that extracts instead of this machine"
    )
    service_api_key: SecretStr | None = Field(None, description="What that service asks for")


class SplitSettings(_Section):
    """How essays are divided into train, validation and test."""

    scheme: Literal["stratified", "prompt_holdout", "temporal"] = "stratified"
    seed: int = 42
    validation_fraction: Annotated[float, Field(gt=0, lt=0.5)] = 0.15
    test_fraction: Annotated[float, Field(gt=0, lt=0.5)] = 0.2


class BoosterSettings(_Section):
    """Hyperparameters of the gradient-boosted trees, by their common names."""

    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.05
    num_leaves: Annotated[int, Field(ge=2, le=1024)] = 15
    max_depth: int = -1
    min_child_samples: Annotated[int, Field(ge=1)] = 10
    feature_fraction: Annotated[float, Field(gt=0, le=1)] = 0.5
    bagging_fraction: Annotated[float, Field(gt=0, le=1)] = 0.8
    lambda_l1: Annotated[float, Field(ge=0)] = 0.0
    lambda_l2: Annotated[float, Field(ge=0)] = 1.0
    max_bin: Annotated[int, Field(ge=3, le=255)] = Field(
        63, description="Quantiles of a feature between which splits are looked for"
    )
    max_rounds: Annotated[int, Field(ge=1)] = 400
    early_stopping_rounds: Annotated[int, Field(ge=1)] = 30


class PredictionSetSettings(_Section):
    """Ranges of grades that hold the teacher's grade with a stated probability."""

    miscoverage: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.1, description="Share of essays whose range may miss the teacher's grade"
    )
    groups: tuple[tuple[str, ...], ...] = Field(
        (), description="Grade labels in groups that each get a guarantee of their own"
    )


class ReviewSettings(_Section):
    """Which essays are marked for a teacher's second look."""

    max_grades: Annotated[int, Field(ge=1)] | None = Field(
        4, description="Most grades that a prediction set may hold; null: no bound"
    )
    max_expected_loss: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Most levels that a grade may be off in expectation; null: no bound"
    )


ModelKind = Literal["cumulative_binary", "joint_threshold", "multiclass", "regression", "ridge"]


class ModelSettings(_Section):
    """The three parts of a grader: latent score, calibration, decision."""

    kind: ModelKind = "cumulative_binary"
    backend: Literal["lightgbm", "xgboost"] = Field(
        "lightgbm",
        description="Boosting library; xgboost is an extra of the package; ridge needs none",
    )
    seeds: Annotated[int, Field(ge=1, le=10)] = Field(
        1, description="Models of this kind that are averaged, each with a seed of its own"
    )
    companions: tuple[ModelKind, ...] = Field(
        (), description="Further kinds beside it, averaged with weights fitted out-of-fold"
    )
    link: Literal["logit", "probit", "cloglog"] = Field(
        "logit", description="Link of the kind joint_threshold; others have none"
    )
    stopping_loss: Literal["log_loss", "rps"] = Field(
        "rps", description="What chooses the rounds of joint_threshold and multiclass"
    )
    booster: BoosterSettings = BoosterSettings()
    embedding: Literal["score", "columns"] = Field(
        "score",
        description="score: trees see one out-of-fold ridge score of the embedding; "
        "columns: they see every dimension",
    )
    class_weights: Literal["none", "sqrt", "balanced"] = Field(
        "none", description="How much more rare grades count in training; at most 3 times"
    )
    calibration: Literal["auto", "none", "temperature", "platt", "isotonic"] = Field(
        "auto", description="auto: the simplest whose RPS is within a standard error of the best"
    )
    decision: Literal[
        "most_probable", "median", "rounded_expectation", "qwk_cutpoints", "equating"
    ] = "median"
    prediction_sets: PredictionSetSettings = PredictionSetSettings()
    review: ReviewSettings = ReviewSettings()

    @model_validator(mode="after")
    def _members_differ(self) -> "ModelSettings":
        kinds = (self.kind, *self.companions)
        if len(set(kinds)) < len(kinds):
            msg = "companions: each is another kind than the others and than kind"
            raise ValueError(msg)
        if self.kind == "ridge" and self.seeds > 1:
            msg = "seeds: models of the kind ridge do not depend on a seed, and would all be equal"
            raise ValueError(msg)
        return self


class TrainingSettings(_Section):
    """How a training run is carried out."""

    seed: int = 42
    folds: Annotated[int, Field(ge=2, le=20)] = Field(5, description="Folds of cross-fitting")
    threads: Annotated[int, Field(ge=1)] = Field(
        2, description="Boosters fitted at the same time; results do not depend on it"
    )
    resume: bool = Field(True, description="Go on with an interrupted run of the same inputs")


class EvaluationSettings(_Section):
    """How metrics get their intervals."""

    resamples: Annotated[int, Field(ge=100, le=100_000)] = 2000
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    seed: int = 42


class TuningSettings(_Section):
    """How hyperparameters are searched for."""

    folds: Annotated[int, Field(ge=2, le=20)] = 5
    seed: int = 42
    objective: Literal["rps", "qwk"] = "rps"


class ArtifactSettings(_Section):
    """Where bundles are kept; credentials are found where the AWS tools find them, never here."""

    url: (
        Annotated[
            str,
            Field(
                pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$"
            ),
        ]
        | None
    ) = Field(None, description="s3://BUCKET/PREFIX of an S3 store; null: the home directory")
    endpoint_url: Annotated[str, Field(pattern=r"^https?://[^\s@?#]+$")] | None = Field(
        None, description="Server of an S3-compatible store; null: AWS"
    )
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")] | None = Field(
        None, description="Region of the bucket; null: as the AWS tools are set"
    )
    timeout_s: Annotated[float, Field(gt=0)] = Field(
        60.0, description="Longest wait for the store's next byte"
    )
    attempts: Annotated[int, Field(ge=1, le=10)] = Field(
        4, description="Tries of a request that fails for a reason that may pass"
    )


class RegistrySettings(_Section):
    """Names and requirements of registered models."""

    model_name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")] = "essay-scorer"
    policy: Path | None = Field(
        None, description="YAML file of what a promotion needs; null: the built-in policy"
    )
    min_qwk_lower_bound: Annotated[float, Field(ge=-1, le=1)] | None = Field(
        None,
        description="Lower bound of the interval of QWK that the built-in policy asks for in "
        "production; null: as it is written there",
    )
    artifacts: ArtifactSettings = ArtifactSettings()


class TrackingSettings(_Section):
    """Where else runs are told of when they end; the database keeps them in any case."""

    mlflow_uri: SecretStr | None = Field(
        None, description="An MLflow server, such as http://localhost:5000; null: nobody is told"
    )
    mlflow_experiment: Annotated[str, Field(min_length=1, max_length=200)] = "huleedu-essay-grading"
    timeout_s: Annotated[float, Field(gt=0, le=600)] = Field(
        20.0, description="Longest time that telling of one run may take"
    )


class ObservabilitySettings(_Section):
    """Logs and metrics of the command line; a host that imports the library sets its own."""

    log_format: Literal["console", "json"] = "console"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    environment: str = "local"
    service_name: str = "huleedu-ml-training"
    metrics_textfile: Path | None = Field(
        None, description="Write Prometheus metrics to this file when a command ends"
    )


def default_home() -> Path:
    """Return the per-user directory for the embedded database, models and runs."""
    return Path(platformdirs.user_data_dir("huleedu-ml", appauthor=False))


class Settings(BaseSettings):
    """All settings of the library.

    Attributes:
        home: Directory of the embedded database, the model artifacts and the runs.
        database_url: PostgreSQL URL; None starts the embedded server.
        scale: Name of a built-in grade scale, or a list of labels, lowest first.
    """

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="forbid",
        frozen=True,
    )

    home: Path = Field(default_factory=default_home)
    database_url: SecretStr | None = None
    scale: str | tuple[str, ...] = "swedish_8"
    essays: EssaySource = EssaySource()
    selection: SelectionSettings = SelectionSettings()
    database: DatabaseSettings = DatabaseSettings()
    features: FeatureSettings = FeatureSettings()
    split: SplitSettings = SplitSettings()
    model: ModelSettings = ModelSettings()
    training: TrainingSettings = TrainingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    tuning: TuningSettings = TuningSettings()
    registry: RegistrySettings = RegistrySettings()
    tracking: TrackingSettings = TrackingSettings()
    observability: ObservabilitySettings = ObservabilitySettings()

    @model_validator(mode="after")
    def _fractions_leave_a_training_part(self) -> "Settings":
        if self.split.validation_fraction + self.split.test_fraction >= 0.8:
            msg = "split: validation_fraction + test_fraction leave less than 20 % to train on"
            raise ValueError(msg)
        return self

    @property
    def postgres_dir(self) -> Path:
        """Data directory of the embedded server's supervisor."""
        return self.home / "postgres"

    @property
    def features_dir(self) -> Path:
        """Directory of the Parquet feature store."""
        return self.features.store_dir or self.home / "features"

    @property
    def runs_dir(self) -> Path:
        """Checkpoints and outputs of runs, a directory each."""
        return self.home / "runs"

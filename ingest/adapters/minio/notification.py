"""The bucket's notification rule: `infra/minio-notify.json`, applied, read back and compared.

The file has the form of S3's PutBucketNotificationConfiguration. Its prefix is the default one; the setting
`BANDEJA_INBOX_PREFIX` takes its place.
"""

import json
from pathlib import Path

from minio import Minio
from minio.notificationconfig import NotificationConfig, PrefixFilterRule, QueueConfig

Rule = tuple[str, str, frozenset[str]]

RULE_FILE = Path(__file__).parents[3] / "infra" / "minio-notify.json"


def wanted(inbox_prefix: str) -> set[Rule]:
    """The rule as a set of (ARN, prefix, event names)."""
    configurations = json.loads(RULE_FILE.read_text(encoding="utf-8"))["QueueConfigurations"]
    return {(one["QueueArn"], inbox_prefix, frozenset(one["Events"])) for one in configurations}


def present(client: Minio, bucket: str) -> set[Rule]:
    """The rule that the bucket has now."""
    found = client.get_bucket_notification(bucket)
    return {
        (_without_region(one.queue or ""), one.prefix_filter_rule.value if one.prefix_filter_rule else "", frozenset(one.events))
        for one in found.queue_config_list
    }


def _without_region(arn: str) -> str:
    """A server with a region set reads `arn:minio:sqs::ID:webhook` back with that region in it."""
    service, resource = arn.split(":")[:3], arn.split(":")[4:]
    return ":".join([*service, "", *resource])


def matches(client: Minio, bucket: str, inbox_prefix: str) -> bool:
    """Whether the bucket has exactly this rule."""
    return present(client, bucket) == wanted(inbox_prefix)


def apply(client: Minio, bucket: str, inbox_prefix: str) -> bool:
    """Give the bucket this rule, in place of any other, unless it has it; returns whether it now has it."""
    if matches(client, bucket, inbox_prefix):
        return True
    configurations = [
        QueueConfig(
            queue=arn,
            events=sorted(events),
            config_id=arn.split(":")[-2].lower(),
            prefix_filter_rule=PrefixFilterRule(prefix),
        )
        for arn, prefix, events in sorted(wanted(inbox_prefix), key=str)
    ]
    client.set_bucket_notification(bucket, NotificationConfig(queue_config_list=configurations))
    return matches(client, bucket, inbox_prefix)

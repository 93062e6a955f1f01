"""The channels that send a notification: mail and Slack, through hooks of Airflow's providers and its connections."""

from __future__ import annotations

import html
from collections.abc import Mapping

from airflow.providers.slack.hooks.slack_webhook import SlackWebhookHook
from airflow.providers.smtp.hooks.smtp import SmtpHook

from pipelines.errors import NotificationNotSent
from pipelines.operations.notifications import Notification, Send
from pipelines.settings.notify import ByEmail, BySlack, Notify

# Airflow ends a task's process 20 seconds after the task ends (`[core] task_success_overtime`), even while it sends.
SECONDS = 6


class PromptSmtp(SmtpHook):
    """The provider's hook with short waits.

    If a mail server is away, the provider's own hook waits half a minute and tries six times.
    """

    @property
    def timeout(self) -> int:
        """Return at most SECONDS, whatever the connection says."""
        return min(super().timeout, SECONDS)

    @property
    def smtp_retry_limit(self) -> int:
        """Return 0: a notification that was not sent waits for the next notification."""
        return 0


def channels_of(notify: Notify) -> Mapping[str, Send]:
    """Return a send function for each channel that the district names."""
    found: dict[str, Send] = {}
    if notify.email:
        found["email"] = _by_email(notify.email)
    if notify.slack:
        found["slack"] = _by_slack(notify.slack)
    return found


def _by_email(way: ByEmail) -> Send:
    def send(notification: Notification) -> None:
        lines = [html.escape(line) for line in notification.body.splitlines()]
        if notification.link:
            lines.append(f'<a href="{html.escape(notification.link)}">{html.escape(notification.link)}</a>')
        with PromptSmtp(way.connection) as smtp:
            smtp.send_email_smtp(
                to=list(way.to),
                subject=titled(notification),
                html_content="<br>\n".join(lines),
                custom_headers={"Auto-Submitted": "auto-generated"},  # so that no out-of-office reply comes back
            )

    return send


def _by_slack(way: BySlack) -> Send:
    def send(notification: Notification) -> None:
        text = html.escape(
            f"{titled(notification)}\n{notification.body}", quote=False
        )  # Slack's markup has the same three signs
        hook = SlackWebhookHook(slack_webhook_conn_id=way.connection, timeout=SECONDS)
        response = hook.client.send(text=f"{text}\n<{notification.link}>" if notification.link else text)
        if response.status_code != 200:
            raise NotificationNotSent(f"Slack answered {response.status_code}")

    return send


def titled(notification: Notification) -> str:
    """Return the subject, preceded by the district's id."""
    return f"Rollbook, {notification.district_id}: {notification.subject}"

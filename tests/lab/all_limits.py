"""Every limit of an association and of a QOS with a value, in sacctmgr's words."""

from __future__ import annotations

TRES = "cpu=10,mem=3000M,gres/gpu=2"
LIMITS = f"""
Fairshare=parent GrpJobs=1 GrpJobsAccrue=2 GrpSubmitJobs=3 GrpTRES={TRES} GrpTRESMins={TRES}
GrpTRESRunMins={TRES} GrpWall=100 MaxJobs=4 MaxJobsAccrue=5 MaxSubmitJobs=6 MaxTRES={TRES}
MaxTRESPerNode=cpu=1,mem=2G MaxTRESMins={TRES} MaxTRESRunMins={TRES} MaxWall=60 MinPrioThresh=2
Priority=8
"""
QOS_BEFORE_V42 = f"""
Description=Foo_Bar:x Flags=DenyOnLimit,NoDecay GraceTime=90 GrpJobs=1 GrpJobsAccrue=2
GrpTRES={TRES} GrpTRESRunMins={TRES} GrpWall=100 MaxJobsPU=4 MaxJobsPA=5 MaxJobsAccruePU=6
MaxJobsAccruePA=7 MaxSubmitJobsPU=8 MaxSubmitJobsPA=9 MaxTRES={TRES} MaxTRESPerNode={TRES}
MaxTRESMins={TRES} MaxTRESPU={TRES} MaxTRESPA={TRES} MaxTRESRunMinsPU={TRES}
MaxTRESRunMinsPA={TRES} MaxWall=77 MinPrioThres=3 MinTRES={TRES} Preempt=high PreemptMode=requeue
PreemptExemptTime=10:00 Priority=9 UsageFactor=2.5 UsageThreshold=.25 LimitFactor=3.5
"""
"""What slurmrestd knows of a QOS in every version."""
QOS = f"{QOS_BEFORE_V42} GrpSubmitJobs=3 GrpTRESMins={TRES}"
